/** A merge in short: what merges where, and what speaks for it. It is looked at and finished in the review. */
import { Link, useNavigate } from "@tanstack/react-router";
import { type ApprovalSubjectOf, type InboxItemOf, passed, type SessionState } from "@tutti/core";
import { type ReactNode, useState } from "react";
import { useWidth } from "../app/viewport.ts";
import { useIsConnected } from "../connection/use-connection.ts";
import { announce } from "../design/announce.tsx";
import { Button, Key } from "../design/button.tsx";
import { cost, counted, shortHash, shortRef } from "../design/words.ts";
import { useKeys } from "../keys/keys.ts";
import { Fact } from "./checked-facts.tsx";
import { MergeDialog } from "./merge-dialog.tsx";
import { useDesk } from "./use-desk.ts";
import { isReady } from "./words.ts";

type Merge = ApprovalSubjectOf<"merge">;

export function MergeBody({
  item,
  subject,
  state,
}: {
  item: InboxItemOf<"question">;
  subject: Merge;
  state: SessionState | undefined;
}) {
  const { evidence, verdict, warnings, remarks } = subject;
  const files = state?.tasks[subject.task]?.candidate?.files ?? [];
  const added = files.reduce((sum, { additions }) => sum + (additions ?? 0), 0);
  const removed = files.reduce((sum, { deletions }) => sum + (deletions ?? 0), 0);
  const found = state?.tasks[subject.task]?.findings.length ?? 0;
  const mended = Math.max(0, found - verdict.findings.length);
  return (
    <>
      <dl className="facts mt-5">
        <dt>Request</dt>
        <dd>{item.title}</dd>
        <dt>Commit</dt>
        <dd>
          <code>{shortHash(subject.commit)}</code> on <code>{shortHash(subject.head)}</code> of{" "}
          {shortRef(subject.target)}
        </dd>
        {files.length > 0 && (
          <>
            <dt>Changes</dt>
            <dd>
              {counted(files.length, "file")}, <span className="text-pass">+{added}</span>{" "}
              <span className="text-stop">−{removed}</span>
            </dd>
          </>
        )}
        <dt>Cost</dt>
        <dd>{cost(item)}</dd>
      </dl>
      <section>
        <h3 className="ask-label">What Tutti checked</h3>
        <ul className="checked">
          {evidence.length === 0 && <Fact tone="warning">The project has no checks</Fact>}
          {evidence.map((one) => (
            <Fact key={one.name} tone={passed(one) ? "check" : "warning"}>
              {one.name} {passed(one) ? "passed" : one.timedOut ? "ran out of time" : "failed"}
            </Fact>
          ))}
          <Fact tone={verdict.approved ? "check" : "warning"}>
            {verdict.approved ? "Review approved" : "Review did not approve"}
            {verdict.findings.length > 0 && `, ${counted(verdict.findings.length, "finding")} open`}
            {mended > 0 && `, ${counted(mended, "finding")} fixed`}
          </Fact>
          {warnings.map((words) => (
            <Fact key={words} tone="warning">
              {words}
            </Fact>
          ))}
          {remarks.map((words) => (
            <Fact key={words} tone="policy">
              {words}
            </Fact>
          ))}
        </ul>
      </section>
    </>
  );
}

export function useMergeActions(
  item: InboxItemOf<"question">,
  subject: Merge,
): { bar: ReactNode; dialogs: ReactNode } {
  const desk = useDesk();
  const navigate = useNavigate();
  const isConnected = useIsConnected();
  const [isAsked, setIsAsked] = useState(false);
  const isPhone = useWidth() === "phone";
  // On a phone nobody sees findings beside the lines that they are about.
  const ready = isReady(subject) && !(isPhone && subject.verdict.findings.length > 0);
  const changes = {
    to: "/s/$id/changes",
    params: { id: item.root },
    search: { task: subject.task },
  } as const;
  useKeys({
    m: () => (ready && isConnected ? setIsAsked(true) : false),
    v: () => navigate(changes),
    n: () => navigate(changes),
  });
  const merge = () => {
    const { approval, session } = item;
    const command = { type: "approval.resolve", approval, answer: "allow" } as const;
    desk.press({ answers: [{ key: approval, session, command }], outcome: "Merging…", hold: false });
    announce("Merging");
  };
  const review = (
    <Link {...changes} className={ready ? "btn btn-large" : "btn btn-primary btn-large"}>
      Review changes<Key>V</Key>
    </Link>
  );
  return {
    bar: (
      <>
        {ready && (
          <Button
            look="primary"
            size="large"
            shortcut="M"
            disabled={!isConnected}
            title={isConnected ? undefined : "No connection"}
            onClick={() => setIsAsked(true)}
          >
            <span className="cut">Merge into {shortRef(subject.target)}</span>
          </Button>
        )}
        {review}
        <span className="flex-1 max-[719px]:hidden" />
        <Link {...changes} className="btn btn-ghost btn-large act-wide">
          Send back with notes<Key>N</Key>
        </Link>
      </>
    ),
    dialogs: isAsked && <MergeDialog subject={subject} onMerge={merge} onClose={() => setIsAsked(false)} />,
  };
}
