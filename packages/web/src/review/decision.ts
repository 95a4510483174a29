/** What a person reads before they decide, in its order: each a line with a sign, and what stands below it. Pure. */
import { type Candidate, passed, type SessionState } from "@tutti/core";
import { counted, shortHash } from "../design/words.ts";
import { tallyOf } from "./findings.ts";
import { commitWords, type Review } from "./review.ts";
import { someNames, worthALook } from "./worth-a-look.ts";

/** `pass` and `stop` are judgements, `look` wants the person's eyes, `quiet` is told. */
export type Sign = "pass" | "stop" | "look" | "quiet" | "running";

export interface Fact {
  kind: "checks" | "review" | "conflict" | "worth" | "viewed" | "remark" | "warning";
  sign: Sign;
  /** `code` is set as such. */
  title: string;
  details: readonly string[];
  /** Files that it is about. */
  paths?: readonly string[];
}

export interface DecisionInput {
  review: Review;
  /** Names of the harnesses of the task's reviewers and authors. */
  reviewer: string | undefined;
  isViewed(path: string): boolean;
  /** The target's head as the machine sees it now; undefined while it is not known. */
  head: string | undefined;
}

export function factsOf(input: DecisionInput): Fact[] {
  return [
    ...checks(input),
    ...blindReview(input),
    ...conflict(input),
    ...worth(input.review.candidate),
    ...notViewed(input),
    ...(input.review.question?.subject.warnings ?? []).map(
      (title): Fact => ({ kind: "warning", sign: "stop", title, details: [] }),
    ),
    ...(input.review.question?.subject.remarks ?? []).map(
      (title): Fact => ({ kind: "remark", sign: "look", title, details: [] }),
    ),
  ];
}

const code = (hash: string) => `\`${hash}\``;

function checks({ review }: DecisionInput): Fact[] {
  const { evidence, candidate, task } = review;
  const own = code(shortHash(candidate.commit));
  const fact = (sign: Sign, title: string, details: string[] = []): Fact[] => [
    { kind: "checks", sign, title, details },
  ];
  if (task.phase === "checking" && task.outcome === null)
    return fact("running", `Checks are running on ${own}`);
  if (evidence.length === 0) return fact("quiet", "The project has no checks");
  const red = evidence.filter((one) => !passed(one));
  const names = sentence(evidence.map(({ name }) => name));
  const tree = evidence[0]?.treeHash ?? "";
  if (red.length > 0)
    return fact("stop", `Checks failed on ${code(commitWords(review, tree))}`, [
      sentence(red.map(({ name }) => name)),
    ]);
  if (evidence.some(({ treeHash }) => treeHash !== candidate.tree))
    return fact("stop", `The checks are for ${code(commitWords(review, tree))}, the branch is at ${own}`, [
      names,
    ]);
  return fact("pass", `Checks passed on ${own}`, [names]);
}

function blindReview({ review, reviewer }: DecisionInput): Fact[] {
  const { candidate, findings, question, task } = review;
  const own = code(shortHash(candidate.commit));
  const fact = (sign: Sign, title: string, details: string[] = []): Fact[] => [
    { kind: "review", sign, title, details },
  ];
  const verdict =
    question && question.subject.tree === candidate.tree ? question.subject.verdict : task.verdict;
  const isRecorded = task.verdict !== null;
  if (task.phase === "reviewing" && task.outcome === null)
    return fact("running", `${reviewer ?? "A reviewer"} reviews ${own}`);
  if (!isRecorded || !verdict) return fact("stop", "Nobody reviewed this blind");
  const { found, fixed, open, noted } = tallyOf(findings);
  const rounds = task.verdict?.round ?? 1;
  const details = [
    `${found} found, ${fixed} fixed, ${open} open${noted > 0 ? `, ${counted(noted, "note")}` : ""}`,
    `${vendors(task.verdict)}${counted(rounds, "round")}`,
  ];
  if (verdict.tree !== candidate.tree)
    return fact(
      "stop",
      `The review is for ${code(commitWords(review, verdict.tree))}, the branch is at ${own}`,
      details,
    );
  if (!verdict.approved) return fact("stop", `The review does not approve ${own}`, details);
  return fact("pass", `${reviewer ?? "A reviewer"} reviewed ${own} blind`, details);
}

/** `openai on anthropic, `: who looked at whose work. */
function vendors(verdict: Review["task"]["verdict"]): string {
  const name = (all: readonly (string | null)[]) =>
    [...new Set(all.map((one) => one ?? "unknown"))].join(", ");
  if (!verdict || verdict.reviewerVendors.length === 0) return "";
  return `${name(verdict.reviewerVendors)} on ${name(verdict.implementerVendors)}, `;
}

function conflict({ review: { question, target, candidate }, head }: DecisionInput): Fact[] {
  if (!question) return [];
  const bound = question.subject.head;
  if (head !== undefined && head !== bound)
    return [
      {
        ...{ kind: "conflict", sign: "look", title: `${target} moved to ${code(shortHash(head))}` },
        details: ["After a yes it is rebased, and asked again if that changes anything"],
      },
    ];
  return [
    {
      ...{ kind: "conflict", sign: "pass", title: `No conflict with ${target}` },
      details: [`1 commit on ${code(shortHash(candidate.base))}`],
    },
  ];
}

const worth = (candidate: Candidate): Fact[] =>
  worthALook(candidate).map(({ title, paths }) => ({
    ...{ kind: "worth", sign: "look", title, details: [someNames(paths)], paths },
  }));

function notViewed({ review: { candidate }, isViewed }: DecisionInput): Fact[] {
  const left = candidate.files.filter(({ path }) => !isViewed(path)).map(({ path }) => path);
  const total = candidate.files.length.toLocaleString("en");
  if (left.length === 0)
    return [
      {
        kind: "viewed",
        sign: "pass",
        title: `All ${counted(candidate.files.length, "file")} viewed`,
        details: [],
      },
    ];
  return [
    {
      ...{
        kind: "viewed",
        sign: "look",
        title: `${left.length.toLocaleString("en")} of ${total} files not viewed`,
      },
      ...{ details: [someNames(left)], paths: left },
    },
  ];
}

const sentence = (names: readonly string[]): string => {
  const all = names.join(", ");
  return all.charAt(0).toUpperCase() + all.slice(1);
};

/** How long agents had turns open for a task, in milliseconds, by what is known of their logs. */
export function agentTime(
  children: readonly SessionState[],
  task: string,
  events: readonly { session: string; at: string; event: { type: string } }[],
): number {
  const sessions = new Set(children.filter(({ spec }) => spec.task === task).map(({ id }) => id));
  const begun = new Map<string, number>();
  let total = 0;
  for (const { session, at, event } of events) {
    if (!sessions.has(session)) continue;
    if (event.type === "turn.started") begun.set(session, Date.parse(at));
    const start = begun.get(session);
    if (event.type === "turn.ended" && start !== undefined) {
      total += Date.parse(at) - start;
      begun.delete(session);
    }
  }
  return total;
}
