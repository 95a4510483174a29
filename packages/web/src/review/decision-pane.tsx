import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef } from "react";
import { useHarnesses } from "../app/harnesses.ts";
import { lookQuery } from "../app/queries.ts";
import { useClient, useIsConnected } from "../connection/use-connection.ts";
import { ActivityIcon, activityColour } from "../design/activity.tsx";
import { announce } from "../design/announce.tsx";
import { Button } from "../design/button.tsx";
import { useNow } from "../design/time.tsx";
import { age, clock, cost, counted, duration, shortHash } from "../design/words.ts";
import { agentTime, factsOf } from "./decision.ts";
import { FactsList } from "./facts-list.tsx";
import type { ReviewFinding } from "./findings.ts";
import { obstaclesOf, type Review, type Standing, standingOf } from "./review.ts";
import type { Answering } from "./use-answer.ts";
import type { Reading } from "./use-reading.ts";

/** What merges, what speaks for it and against it, and the buttons. */
export function DecisionPane({
  reading,
  answering,
  isPhone = false,
  children,
  onMerge,
  onSendBack,
  onFile,
}: {
  reading: Reading;
  answering: Answering;
  isPhone?: boolean;
  /** Follows the evidence on the phone: findings and files. */
  children?: ReactNode;
  onMerge(): void;
  onSendBack(): void;
  onFile(path: string): void;
}) {
  const { review, isViewed } = reading;
  const nameOf = useHarnesses();
  const head = useTargetHead(review);
  const reviewer = review.task.assignments.findLast(({ role }) => role === "reviewer")?.harness;
  const facts = factsOf({ review, isViewed, head, reviewer: reviewer && nameOf(reviewer).title });
  const standing = standingOf(review);
  useSaid(standing, review);
  return (
    <>
      <div className="scroll">
        <div className="decision">
          <DecisionHead standing={standing} review={review} />
          <FactsList facts={facts} evidence={review.evidence} onFile={onFile} />
          <div className="rule" />
          <Money reading={reading} />
          <div className="rule" />
          <Message text={review.task.spec.text} />
        </div>
        {children}
      </div>
      <DecisionButtons
        {...{ reading, answering, standing, isPhone, onMerge, onSendBack }}
        findings={review.findings}
      />
    </>
  );
}

function DecisionHead({ standing, review }: { standing: Standing; review: Review }) {
  const now = useNow();
  const { candidate, target } = review;
  const hash = <code>{shortHash(candidate.commit)}</code>;
  const head = (activity: Parameters<typeof activityColour>[0], words: string, title: ReactNode) => (
    <div>
      <p className={`flex items-center gap-2 font-medium ${activityColour(activity)}`}>
        <ActivityIcon activity={activity} />
        <span className="min-w-0 [overflow-wrap:anywhere]">{words}</span>
      </p>
      <h2>{title}</h2>
    </div>
  );
  const of = ({ by, at, answer }: { by: { name: string }; at: string; answer: string }, what?: string) =>
    `Answered by ${by.name} at ${clock(at)}: ${what ?? (answer === "allow" ? "allowed" : "denied")}`;
  switch (standing.kind) {
    case "asked":
      return head(
        "waiting",
        `Waiting for you, ${age(now - Date.parse(standing.question.requestedAt))}`,
        <>
          Merge 1 commit into {target} at {hash}?
        </>,
      );
    case "merging":
      return head(
        "working",
        "Merging…",
        <>
          Merging {hash} into {target}
        </>,
      );
    case "merged":
      return head(
        "merged",
        review.question?.answered ? of(review.question.answered) : "Merged",
        <>
          Merged into {target} as <code>{shortHash(standing.commit)}</code>
        </>,
      );
    case "sent-back":
      return head(
        "waiting-for-child",
        of(standing.answered, "sent back"),
        <>Sent back with {counted(standing.notes, "note")}</>,
      );
    case "declined":
      return head(
        "stopped",
        standing.answered ? of(standing.answered) : "Denied",
        <>Declined{standing.answered?.reason ? `: ${standing.answered.reason}` : ""}</>,
      );
    case "withdrawn":
      return head("stopped", "This question has ended", standing.reason);
    case "ended":
      return head("failed", standing.outcome, standing.detail || "The task ended without a merge");
    case "underway":
      return head(
        "working",
        phaseWords[review.task.phase],
        <>Not ready to merge{standing.detail ? `: ${standing.detail}` : ""}</>,
      );
  }
}

const phaseWords = {
  waiting: "Waits for a free place",
  preparing: "Working, prepares the worktree",
  implementing: "Working, implements",
  checking: "Working, runs checks",
  reviewing: "Working, is reviewed",
  fixing: "Working, fixes what was found",
  rebasing: "Working, rebases",
  consenting: "Working, asks you",
  merging: "Working, merges",
} as const satisfies Record<Review["task"]["phase"], string>;

function Money({ reading: { review, children, events } }: { reading: Reading }) {
  const time = agentTime(children, review.task.spec.id, events);
  const subject = review.question?.subject;
  if (!subject && time === 0) return null;
  return (
    <dl className="facts">
      {subject && (
        <>
          <dt>Cost</dt>
          <dd>{cost(subject)}</dd>
        </>
      )}
      {time > 0 && (
        <>
          <dt>Agents ran</dt>
          <dd>{duration(time)}</dd>
        </>
      )}
    </dl>
  );
}

/** The commit's message, as the candidate was built with it. */
function Message({ text }: { text: string }) {
  const [subject, ...rest] = text.split(/\n|(?<=\.)\s/);
  const body = rest.join(" ").trim();
  return (
    <div>
      <h3 className="mb-1 text-12 text-text-3">Message of the commit</h3>
      <div className="message">
        {subject}
        {body !== "" && <span>{body}</span>}
      </div>
    </div>
  );
}

function DecisionButtons({
  reading: { review, drafts },
  answering: { sending, trouble },
  standing,
  findings,
  isPhone,
  onMerge,
  onSendBack,
}: {
  reading: Reading;
  answering: Answering;
  standing: Standing;
  findings: readonly ReviewFinding[];
  isPhone: boolean;
  onMerge(): void;
  onSendBack(): void;
}) {
  const isConnected = useIsConnected();
  if (standing.kind !== "asked") return null;
  const obstacles = obstaclesOf(review);
  const hasNotes = drafts.comments.length + drafts.reopened.size > 0;
  const isDoubtful = obstacles.length > 0 || hasNotes;
  const open = findings.filter(({ outcome }) => outcome.kind === "open").length;
  const why = !isConnected
    ? "No connection: answers are not kept to be sent later"
    : isPhone && open > 0
      ? "On the phone only a change without open findings is merged"
      : undefined;
  const count = drafts.comments.length + drafts.reopened.size;
  const merge = (
    <Button
      key="merge"
      look={isDoubtful ? "plain" : "primary"}
      size="large"
      shortcut="M"
      disabled={why !== undefined || sending !== undefined}
      title={why}
      onClick={onMerge}
    >
      {sending === "merge"
        ? "Merging…"
        : isDoubtful && obstacles.length > 0
          ? `Merge into ${review.target}…`
          : `Merge into ${review.target}`}
    </Button>
  );
  const back = (
    <Button
      key="back"
      look={isDoubtful ? "primary" : "plain"}
      size="large"
      shortcut="N"
      disabled={!isConnected || sending !== undefined}
      title={isConnected ? undefined : why}
      onClick={onSendBack}
    >
      {sending === "send-back"
        ? "Sending…"
        : count > 0
          ? `Send back with ${counted(count, "note")}`
          : "Send back with notes"}
    </Button>
  );
  return (
    <div className="decision-buttons">
      {trouble !== undefined && (
        <p role="alert" className="text-12 text-stop [overflow-wrap:anywhere]">
          {trouble}
        </p>
      )}
      {isDoubtful ? [back, merge] : [merge, back]}
      <p className="text-12 leading-[17px] text-text-3">
        {why ?? "Only a person can merge. A new commit clears these marks."}
      </p>
    </div>
  );
}

/** The target's head as the machine sees it now, while a question waits. */
function useTargetHead({ place, target, question }: Review): string | undefined {
  const isAsked = question !== null && question.answered === undefined && question.withdrawn === undefined;
  const { host, repository } = place ?? { host: "none", repository: "/" };
  const { data } = useQuery({
    ...lookQuery(useClient(), host, {
      type: "repository.inspect",
      path: repository,
      target,
    }),
    enabled: place !== null && isAsked,
    refetchInterval: 30_000,
    retry: false,
  });
  return data?.head ?? undefined;
}

/** Says once how the question ended while it was on the screen. */
function useSaid(standing: Standing, { target }: Review): void {
  const before = useRef(standing.kind);
  const { kind } = standing;
  const commit = standing.kind === "merged" ? shortHash(standing.commit) : "";
  useEffect(() => {
    if (before.current === kind) return;
    before.current = kind;
    if (kind === "merged") announce(`Merged into ${target} as ${commit}`);
    else if (kind === "sent-back") announce("Sent back");
    else if (kind === "declined") announce("Declined");
    else if (kind === "asked") announce("A merge waits for you", "assertive");
  }, [kind, target, commit]);
}
