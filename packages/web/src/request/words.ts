/** What a request is, in the app's words. Pure; says nothing that its data does not hold. */
import {
  type Agreement,
  type ApprovalState,
  type ApprovalSubject,
  type ApprovalSubjectOf,
  dollars,
  type InboxItem,
  type InboxItemOf,
  type NewsItem,
  type Outcome,
  type PushFacts,
  type PushUpdate,
  passed,
  scopeInWords,
  type Weight,
} from "@tutti/core";
import { activityWord } from "../design/activity.tsx";
import { clock, cost, counted, repositoryName, shortHash, shortRef } from "../design/words.ts";

/** A piece of a sentence; names of git and the shell stand in their own type. */
export type Piece = string | { code: string };

export const plainText = (pieces: readonly Piece[]): string =>
  pieces.map((piece) => (typeof piece === "string" ? piece : piece.code)).join("");

/** A question of a policy: what every one of these shows. */
export type PolicySubject = ApprovalSubjectOf<"tool" | "push" | "turn">;

export const isPolicySubject = (subject: ApprovalSubject): subject is PolicySubject => "effect" in subject;

/** What an item is called by: the approval, or the task that failed. */
export const itemKey = (item: InboxItem): string =>
  item.kind === "question" ? item.approval : `${item.root}/${item.task}`;

/** Finds what an address means: an item's own key, or the session of one that failed. */
export const findItem = <T extends InboxItem>(items: readonly T[], key: string): T | undefined =>
  items.find((item) => itemKey(item) === key) ??
  items.find((item) => item.kind === "failed" && item.root === key);

export type Verb = "Decide" | "Review" | "Unblock" | "Pay";

export function verbOf(item: InboxItem): Verb {
  if (item.kind === "failed") return "Unblock";
  if (item.subject.kind === "merge") return "Review";
  return agreementsOf(item.subject).length > 0 ? "Pay" : "Decide";
}

export const agreementsOf = (subject: ApprovalSubject): readonly Agreement[] =>
  ("agreements" in subject && subject.agreements) || [];

export const weightOf = (subject: ApprovalSubject): Weight =>
  "weight" in subject ? subject.weight : "leaves-machine";

export const weightWords = {
  routine: "Routine",
  "leaves-machine": "Leaves your machine",
  irreversible: "Cannot be undone",
} as const satisfies Record<Weight, string>;

/** The item in a row, without its verb. */
export function rowTitle(item: InboxItem): string {
  if (item.kind === "failed") return failedTitle(item);
  const { subject } = item;
  const [agreement] = agreementsOf(subject);
  if (agreement) return payTitle(agreement);
  switch (subject.kind) {
    case "merge":
      return item.title;
    case "trust":
      return `Trust what ${repositoryName(subject.repository)} runs`;
    case "push":
      return pushTitle(subject.facts);
    case "turn":
      return sentence(subject.reason);
    case "tool":
      // What is routine has no effect to speak of; among its like the command tells it.
      return subject.weight === "routine" && subject.call.command !== undefined
        ? `Run ${subject.call.command.trim().split("\n")[0]}`
        : toolTitle(subject);
  }
}

/** What follows a row's marks, and what stands at its end. */
export function rowDetail(item: InboxItem): { about: string; end: string } {
  if (item.kind === "failed") return { about: item.title, end: cost(item) };
  const { subject } = item;
  if (subject.kind === "merge") {
    const { verdict } = subject;
    const notes = verdict.findings.length;
    const reviewed = verdict.approved
      ? notes > 0
        ? counted(notes, "note")
        : "review approved"
      : counted(notes, "open finding");
    return { about: `${checkWords(subject)}, ${reviewed}`, end: cost(item) };
  }
  return {
    about: item.title,
    end: item.holdsUp > 0 ? `Holds up ${counted(item.holdsUp, "agent")}` : "",
  };
}

function checkWords({ evidence }: Pick<ApprovalSubjectOf<"merge">, "evidence">): string {
  if (evidence.length === 0) return "No checks";
  const red = evidence.filter((one) => !passed(one)).length;
  return red === 0 ? "Checks passed" : `${counted(red, "check")} failed`;
}

/** Nothing but a yes is missing for a merge. */
export const isReady = ({ verdict, evidence, warnings }: ApprovalSubjectOf<"merge">): boolean =>
  verdict.approved && evidence.every(passed) && warnings.length === 0;

/** The request's effect as its headline; the short one leaves out which remote a single branch is on. */
export function headline(item: InboxItem, isShort = false): Piece[] {
  if (item.kind === "failed") return [failedTitle(item)];
  const { subject } = item;
  const [agreement] = agreementsOf(subject);
  if (agreement) return [payTitle(agreement)];
  switch (subject.kind) {
    case "merge":
      return ["Merge ", { code: shortHash(subject.commit) }, " into ", { code: shortRef(subject.target) }];
    case "trust":
      return [`${repositoryName(subject.repository)} brings commands of its own`];
    case "push":
      return pushHeadline(subject.facts, isShort);
    case "turn":
      return [sentence(subject.reason)];
    case "tool":
      return [toolTitle(subject)];
  }
}

const toolTitle = ({ effect, call }: ApprovalSubjectOf<"tool">): string =>
  sentence(effect[0] ?? `It calls ${call.name}.`).replace(/^It (\w)/, (_, first: string) =>
    first.toUpperCase(),
  );

/** A sentence as a title: without its full stop. */
const sentence = (text: string): string => text.trim().replace(/\.$/, "");

function payTitle(agreement: Agreement): string {
  const whose = scopeInWords(agreement);
  return agreement.usd > 0
    ? `Let ${whose} spend up to ${dollars(agreement.usd)}`
    : `Let ${whose} go on with calls of unknown price`;
}

function pushTitle({ remote, updates }: PushFacts): string {
  const [update, ...more] = updates;
  if (!update) return `Push to ${remote}`;
  if (more.length > 0) return `Push ${counted(updates.length, "ref")} to ${remote}`;
  const { kind, ref, added } = update;
  const name = shortRef(ref);
  switch (kind) {
    case "forced":
      return lostOf(update) > 0
        ? `Force-push over ${counted(lostOf(update), "commit")}`
        : `Force-push to ${name}`;
    case "delete":
      return `Delete ${name} on ${remote}`;
    case "create":
      return `Push ${name} as a new ${update.tag ? "tag" : "branch"}`;
    case "fast-forward":
      return `Push ${counted(added.count, "commit")} to ${name}`;
  }
}

/** How many commits a ref would lose whose content does not come back. */
export const lostOf = ({ removed, rewritten }: Pick<PushUpdate, "removed" | "rewritten">): number =>
  Math.max(0, removed.count - rewritten);

/** A count that is not torn from its noun at the end of a line. */
const tied = (n: number, noun: string): string => counted(n, noun).replace(" ", "\u00a0");

function pushHeadline({ remote, updates }: PushFacts, isShort: boolean): Piece[] {
  const [update, ...more] = updates;
  const lost = updates.reduce((sum, one) => sum + lostOf(one), 0);
  if (!update || more.length > 0)
    return [
      `Push would change ${tied(updates.length, "ref")} of `,
      { code: remote },
      ...(lost > 0 ? [` and remove ${tied(lost, "commit")}`] : []),
    ];
  const at = { code: isShort ? shortRef(update.ref) : `${remote}/${shortRef(update.ref)}` };
  switch (update.kind) {
    case "forced":
      return lost > 0
        ? [`Force-push would remove ${tied(lost, "commit")} from `, at]
        : ["Force-push would rewrite ", at, ", and no commit disappears"];
    case "delete":
      return ["Push would delete ", at, ...(lost > 0 ? [` with ${tied(lost, "commit")}`] : [])];
    case "create":
      return ["Push would make ", at, ` with ${tied(update.added.count, "commit")}`];
    case "fast-forward":
      return [`Push would add ${tied(update.added.count, "commit")} to `, at];
  }
}

const outcomeWords = {
  merged: "Merged",
  declined: "Declined",
  empty: "The agent changed nothing",
  "same-vendor": "No reviewer of another vendor",
  "no-implementer": "No agent could start",
  "no-review": "No review came in",
  conflict: "Conflict with the target branch",
  "moved-head": "The agent left its branch",
  "nested-repository": "The change holds a repository of its own",
  dirty: "Uncommitted work is in the way",
  "checks-failed": "Checks failed",
  untrusted: "The repository is not trusted",
  interrupted: "Interrupted",
  failed: "Failed",
} as const satisfies Record<Outcome, string>;

const failedTitle = ({ outcome }: InboxItemOf<"failed">): string => outcomeWords[outcome];

/** What a button says that takes the safer way: its first clause, where that is short. */
export function alternativeLabel(alternative: string): string {
  const [clause = ""] = alternative.split(/\s*[(:;,]|\.(?:\s|$)/);
  const label = clause.trim();
  return label.length > 0 && label.length <= 44 ? label : "Take the safer way instead";
}

/** What the button says that opens the confirmation of what cannot be undone. */
export const allowLabel = (subject: ApprovalSubject): string =>
  subject.kind === "push" && subject.facts.updates.some(({ kind }) => kind === "forced")
    ? "Allow force-push…"
    : "Allow…";

/** The confirmation of what cannot be undone: it names the loss. */
export interface Loss {
  title: string;
  detail: Piece[];
  keep: string;
  lose: string;
}

export function lossOf(subject: PolicySubject): Loss {
  if (subject.kind !== "push") return { ...otherLoss, detail: [subject.effect.join(" ")] };
  const { remote, updates } = subject.facts;
  const losing = updates.filter((update) => lostOf(update) > 0);
  const lost = losing.reduce((sum, update) => sum + lostOf(update), 0);
  if (lost === 0) return { ...otherLoss, detail: [subject.effect.join(" ")] };
  const commits = losing.flatMap(({ removed }) => removed.commits);
  const authors = [...new Set(commits.map(({ author }) => author))];
  const by = authors.length === 1 && commits.length >= lost ? ` by ${authors[0]}` : "";
  const named = commits.slice(0, 3).map(({ sha }) => shortHash(sha));
  const total = losing.reduce((sum, { removed }) => sum + removed.count, 0);
  const refs = losing.map(({ ref }) => `${remote}/${shortRef(ref)}`);
  return {
    title: `Lose ${counted(lost, "commit")}${by}?`,
    detail: [
      ...listed(named, total - named.length),
      total === 1 ? " leaves " : " leave ",
      ...listed(refs.slice(0, 3), refs.length - 3),
      ".",
    ],
    keep: lost === 1 ? "Keep the commit" : "Keep the commits",
    lose: `Lose ${counted(lost, "commit")} and push`,
  };
}

const otherLoss = { title: "Allow what cannot be undone?", keep: "Do not allow", lose: "Allow once" };

/** `a, b and c`, or `a, b and 3 more`. */
function listed(names: readonly string[], more: number): Piece[] {
  const ends: Piece[] = [...names.map((code) => ({ code })), ...(more > 0 ? [`${more} more`] : [])];
  return ends.flatMap((end, index) =>
    index === 0 ? [end] : [index === ends.length - 1 ? " and " : ", ", end],
  );
}

/** What a person answered, or why nobody can any more. `self`: the person who reads. */
export function endedWords(
  { answered, withdrawn }: Pick<ApprovalState, "answered" | "withdrawn">,
  self: string | undefined,
): string | undefined {
  if (withdrawn !== undefined) return `This request ended: ${withdrawn}`;
  if (!answered) return undefined;
  const { by, at, answer, via } = answered;
  const word = answer === "allow" ? "allowed" : "denied";
  switch (via) {
    case "person":
      return by.name === self
        ? `Answered on another device at ${clock(at)}: ${word}`
        : `Answered by ${by.name} at ${clock(at)}: ${word}`;
    case "alike":
      return `Answered with another request at ${clock(at)}: ${word}`;
    case "no-answer":
      return `Nobody answered by ${clock(at)}: ${word}`;
    case "preapproved":
      return `Answered beforehand: ${word}`;
  }
}

/** A session at rest: its word, and what follows it. */
export function newsWords(news: Pick<NewsItem, "activity" | "detail" | "costUsd" | "costSource">): {
  word: string;
  rest: string;
} {
  const { activity, detail } = news;
  const said = /^[0-9a-f]{40,64}$/.test(detail)
    ? `as ${shortHash(detail)}`
    : ["completed", "interrupted"].includes(detail)
      ? ""
      : detail;
  const spent = news.costUsd === 0 ? "" : cost(news);
  return { word: activityWord(activity), rest: [said, spent].filter(Boolean).join(", ") };
}
