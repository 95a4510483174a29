/**
 * A question where it was asked. While it waits it can be answered here when nothing is lost by it; the whole of it is on a
 * page of its own. Afterwards one line tells the answer.
 */
import { Link } from "@tanstack/react-router";
import type { ApprovalState, ApprovalSubject } from "@tutti/core";
import { useIsConnected } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { clock, shortHash, shortRef } from "../design/words.ts";
import { useSend } from "../session/use-send.ts";
import { Entry, EntryHead } from "./entry.tsx";
import { InlineCode } from "./inline-code.tsx";
import { type ItemProps, useTimeline } from "./item.ts";
import { TaskName } from "./task-name.tsx";

export function Question({ row }: ItemProps<"question">) {
  const { session } = useTimeline();
  const { approval, subject } = row.block;
  const state = session(row.block.session)?.approvals[approval];
  const isOpen = state !== undefined && state.answered === undefined && state.withdrawn === undefined;
  return (
    <Entry
      row={row}
      mark={
        <span className="gate">
          {isOpen ? (
            <Icon name="state-waiting" size={14} label="Waiting for you" />
          ) : (
            <Icon
              name={state?.answered?.answer === "allow" ? "check" : "cross"}
              size={14}
              className="text-text-3"
            />
          )}
        </span>
      }
    >
      <EntryHead>
        <b>{titleOf(subject)}</b>
        <TaskName block={row.block} />
        {!isOpen && state && <span className="text-text-3"> {endOf(state)}</span>}
      </EntryHead>
      {!isOpen && state?.answered?.reason !== undefined && (
        <p className="leading-[20px] text-text-2">“{state.answered.reason}”</p>
      )}
      {isOpen && <Asked approval={approval} session={row.block.session} subject={subject} />}
    </Entry>
  );
}

function titleOf(subject: ApprovalSubject): string {
  switch (subject.kind) {
    case "tool":
      return subject.call.kind === "shell" ? "Wants to run a command" : `Wants to use ${subject.call.name}`;
    case "push":
      return `Wants to push to ${subject.facts.updates.map(({ ref }) => shortRef(ref)).join(", ")}`;
    case "turn":
      return "Asks before it begins";
    case "merge":
      return `Merge ${shortHash(subject.commit)} into ${subject.target}`;
    case "trust":
      return "Trust what the repository commands";
  }
}

function endOf({ answered, withdrawn }: ApprovalState): string {
  if (withdrawn !== undefined) return `Ended without an answer: ${withdrawn}`;
  if (!answered) return "";
  const word = answered.answer === "allow" ? "Allowed" : "Denied";
  const how = {
    person: "",
    preapproved: " beforehand",
    "no-answer": ", nobody answered",
    alike: " with another",
  };
  return `${word} at ${clock(answered.at)}${how[answered.via]}`;
}

function Asked({
  approval,
  session,
  subject,
}: {
  approval: string;
  session: string;
  subject: ApprovalSubject;
}) {
  const { root } = useTimeline();
  const { send, isSending, trouble } = useSend();
  const isConnected = useIsConnected();
  const why = isConnected ? undefined : "No connection. An answer is never kept to be sent later.";
  const isRoutine = "weight" in subject && subject.weight === "routine";
  const answer = (given: "allow" | "deny") => () =>
    void send(session, { type: "approval.resolve", approval, answer: given });
  const isDisabled = !isConnected || isSending;
  return (
    <div className="boxed boxed-you">
      <Effect subject={subject} />
      <div className="flex flex-wrap items-center gap-2 px-3 pt-1 pb-3">
        {subject.kind === "merge" ? (
          <Link
            to="/s/$id/changes"
            params={{ id: root }}
            search={{ task: subject.task }}
            className="btn btn-primary"
          >
            Review
          </Link>
        ) : (
          <>
            {isRoutine && (
              <Button look="primary" disabled={isDisabled} title={why} onClick={answer("allow")}>
                Allow once
              </Button>
            )}
            <Button
              look={isRoutine ? "plain" : "primary"}
              disabled={isDisabled}
              title={why}
              onClick={answer("deny")}
            >
              Deny
            </Button>
          </>
        )}
        <Link to="/a/$approval" params={{ approval }} className="btn btn-ghost">
          Show the whole request
        </Link>
        {trouble !== undefined && <span className="text-12 text-stop">{trouble}</span>}
      </div>
    </div>
  );
}

function Effect({ subject }: { subject: ApprovalSubject }) {
  if (subject.kind === "merge") {
    const blocking = subject.verdict.findings.filter(({ severity }) => severity === "blocking").length;
    const words = [
      subject.verdict.approved ? "The review approves it" : `${blocking} findings are open`,
      ...subject.warnings,
    ];
    return (
      <div className="px-3 py-2">
        {words.map((sentence) => (
          <p key={sentence} className="[overflow-wrap:anywhere]">
            {sentence}
          </p>
        ))}
      </div>
    );
  }
  if (subject.kind === "trust")
    return (
      <ul className="px-3 py-2">
        {subject.items.map((line) => (
          <li key={line} className="[overflow-wrap:anywhere]">
            <code>{line}</code>
          </li>
        ))}
      </ul>
    );
  const command =
    subject.kind === "tool" ? (subject.call.command ?? subject.call.paths?.join("\n")) : undefined;
  return (
    <div className="grid gap-2 px-3 py-2">
      {subject.effect.map((sentence) => (
        <p key={sentence} className="[overflow-wrap:anywhere]">
          <InlineCode text={sentence} />
        </p>
      ))}
      {command !== undefined && <pre className="cmd max-h-[160px] overflow-y-auto">{command}</pre>}
      <p className="text-12 text-text-2 [overflow-wrap:anywhere]">{subject.reason}</p>
    </div>
  );
}
