import type { LoggedEvent, SessionState } from "@tutti/core";
import { useMemo, useState } from "react";
import { useHarnesses } from "../app/harnesses.ts";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { Mark, PersonMark } from "../design/mark.tsx";
import { shortHash } from "../design/words.ts";
import { proofOf, type ReviewFinding } from "./findings.ts";
import { InlineCode } from "./inline-code.tsx";
import { proofAfter } from "./proof-after.ts";
import type { Reading } from "./use-reading.ts";

/** A finding where it stands: what is wrong, what shows it, what became of it. */
export function FindingThread({
  finding: shown,
  reading: { review, children, events, drafts, view },
  isPlaced,
  onReply,
}: {
  finding: ReviewFinding;
  reading: Reading;
  /** Whether it stands under its line; else it says which line that was. */
  isPlaced: boolean;
  onReply(): void;
}) {
  const { finding, title, body, outcome, byPerson, commit, id } = shown;
  const who = reviewerOf(shown, review.task.assignments, children);
  const isReopened = drafts.reopened.has(id);
  const isElsewhere = !isPlaced && finding.line !== undefined;
  return (
    <article className="thread" aria-label={`Finding ${shown.number}`} id={`${id}-${view.kind}`}>
      <header>
        {byPerson ? <PersonMark name="You" /> : who && <Mark harness={who} />}
        <h4 className="min-w-0 font-semibold [overflow-wrap:anywhere]">
          <InlineCode text={title} />
        </h4>
        <span className="flex-1" />
        <Weight finding={shown} />
      </header>
      {(body !== "" || isElsewhere) && (
        <p>
          <InlineCode text={body} />
          {isElsewhere && (
            <span className="block text-12 text-text-3">
              Line {finding.line}
              {commit !== null && (
                <>
                  {" in "}
                  <code>{shortHash(commit)}</code>
                </>
              )}
            </span>
          )}
        </p>
      )}
      <Proof shown={shown} events={events} />
      <footer>
        <Outcome
          shown={shown}
          implementer={review.task.assignments.find(({ role }) => role === "implementer")?.harness}
          reviewer={who}
        />
        <span className="flex-1" />
        <Button look="ghost" size="small" onClick={onReply}>
          Reply
        </Button>
        {outcome.kind !== "open" && (
          <Button size="small" aria-pressed={isReopened} onClick={() => drafts.reopen(id, !isReopened)}>
            {isReopened ? "Not reopened" : "Reopen"}
          </Button>
        )}
      </footer>
      {isReopened && (
        <p className="!py-2 text-12 text-you shadow-[inset_0_1px_var(--line)]">Goes back with your notes</p>
      )}
    </article>
  );
}

function Weight({ finding: { finding, byPerson } }: { finding: ReviewFinding }) {
  if (byPerson) return <span className="font-medium text-text-2">Sent back</span>;
  return finding.severity === "blocking" ? (
    <span className="font-medium text-stop">Blocking</span>
  ) : (
    <span className="font-medium text-text-2">Note</span>
  );
}

function Outcome({
  shown: { outcome },
  implementer,
  reviewer,
}: {
  shown: ReviewFinding;
  implementer: string | undefined;
  reviewer: string | undefined;
}) {
  const nameOf = useHarnesses();
  if (outcome.kind === "open")
    return (
      <span className="inline-flex items-center gap-[5px] font-medium text-stop">
        <Icon name="cross" size={14} />
        Open
      </span>
    );
  if (outcome.kind === "noted") return <span>Holds nothing back</span>;
  return (
    <>
      <span className="inline-flex items-center gap-[5px] font-medium text-pass">
        <Icon name="check" size={14} />
        Fixed
      </span>
      <span className="cut">
        {implementer && `by ${nameOf(implementer).title}`}
        {reviewer && `, checked by ${nameOf(reviewer).title}`}
      </span>
    </>
  );
}

function Proof({
  shown: { finding, outcome },
  events,
}: {
  shown: ReviewFinding;
  events: readonly LoggedEvent[];
}) {
  const [isOpen, setOpen] = useState(false);
  const { command, said, all } = proofOf(finding.evidence);
  const after = useMemo(
    () => (command !== null && outcome.kind === "fixed" ? proofAfter(events, command) : undefined),
    [events, command, outcome.kind],
  );
  if (all === "") return null;
  return (
    <>
      <div className="proof">
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          className="proof-toggle"
        >
          {command === null ? "Proof" : "Before"}
        </button>
        <code className="cut" title={command ?? all}>
          {command ?? all.split("\n")[0]}
        </code>
        <span className="cut text-stop" title={said}>
          {said}
        </span>
        {after && (
          <>
            <span className="text-text-3">After</span>
            <code className="cut" title={after.command}>
              {after.command}
            </code>
            <span className={`cut ${after.ok ? "text-pass" : "text-stop"}`} title={after.said}>
              {after.said}
            </span>
          </>
        )}
      </div>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        <pre className="proof-all" tabIndex={0}>
          {all}
        </pre>
      )}
    </>
  );
}

/** The harness of who found it; undefined when it is not known. */
function reviewerOf(
  { round }: ReviewFinding,
  assignments: Reading["review"]["task"]["assignments"],
  children: readonly SessionState[],
): string | undefined {
  const reviewers = assignments.filter(({ role }) => role === "reviewer");
  const assigned = reviewers[Math.min(round, reviewers.length) - 1];
  return assigned?.harness ?? children.find(({ spec }) => spec.role === "reviewer")?.spec.harness?.harness;
}
