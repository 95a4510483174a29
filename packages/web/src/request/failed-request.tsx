/** A task that ended without a merge: why, and what to do. */
import { Link } from "@tanstack/react-router";
import type { InboxItemOf, SessionState } from "@tutti/core";
import type { ReactNode } from "react";
import { openNewSession } from "../app/new-session-opener.ts";
import { useIsConnected } from "../connection/use-connection.ts";
import { announce } from "../design/announce.tsx";
import { Button } from "../design/button.tsx";
import { cost } from "../design/words.ts";
import { Fact } from "./checked-facts.tsx";
import { useDesk } from "./use-desk.ts";
import { itemKey } from "./words.ts";

type Failed = InboxItemOf<"failed">;

export function FailedBody({ item, state }: { item: Failed; state: SessionState | undefined }) {
  const task = state?.tasks[item.task];
  return (
    <>
      {item.detail.trim() !== "" && (
        <p className="mt-5 text-14 [overflow-wrap:anywhere] max-[719px]:text-16">{item.detail}</p>
      )}
      {task && (
        <section>
          <h3 className="ask-label">What was asked</h3>
          <p className="ask-text">{task.spec.text}</p>
        </section>
      )}
      <section>
        <h3 className="ask-label">What Tutti noted</h3>
        <ul className="checked">
          {task?.notes.slice(-6).map(({ level, text }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: notes only come at the end
            <Fact key={index} tone={level === "warning" ? "warning" : "policy"}>
              {text}
            </Fact>
          ))}
          {task?.candidate && <Fact tone="check">The changes are kept in the worktree</Fact>}
          <Fact tone="cost">{cost(item)} so far</Fact>
        </ul>
      </section>
    </>
  );
}

export function useFailedActions(item: Failed, state: SessionState | undefined): { bar: ReactNode } {
  const desk = useDesk();
  const isConnected = useIsConnected();
  const text = state?.tasks[item.task]?.spec.text ?? state?.spec.title ?? item.title;
  // Closing a session ends what still goes on in it.
  const goesOn = Object.values(state?.tasks ?? {}).some(({ outcome }) => outcome === null);
  const hindrance = !isConnected ? "No connection" : goesOn ? "Other tasks of this request go on" : undefined;
  const putAway = () => {
    desk.press({
      answers: [
        {
          key: itemKey(item),
          session: item.root,
          command: { type: "session.close", reason: "put away by a person" },
        },
      ],
      outcome: "Put away",
      hold: true,
    });
    announce("Put away. It can be undone for a moment.");
  };
  return {
    bar: (
      <>
        <Link to="/s/$id" params={{ id: item.root }} className="btn btn-primary btn-large">
          Open session
        </Link>
        <Button
          size="large"
          disabled={!isConnected}
          onClick={() =>
            openNewSession({ text, ...(item.repository !== null && { repository: item.repository }) })
          }
        >
          Start again
        </Button>
        <span className="flex-1 max-[719px]:hidden" />
        <Button
          look="ghost"
          size="large"
          disabled={hindrance !== undefined}
          title={hindrance}
          className="act-wide"
          onClick={putAway}
        >
          Put away
        </Button>
      </>
    ),
  };
}
