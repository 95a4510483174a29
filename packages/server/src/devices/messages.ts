/** What devices are told, in words that may stand on a locked screen: who, what and where, never code or a command. Pure. */
import path from "node:path";
import {
  type ApprovalSubject,
  type DeviceMessage,
  type EventOf,
  namedRepositoryOf,
  type Outcome,
  type SessionState,
  type ToolKind,
} from "@tutti/core";

const wish = {
  shell: "run a command",
  edit: "change files",
  read: "read files",
  search: "search files",
  web: "reach the web",
  lent: "use a tool",
  mcp: "use a tool",
  subagent: "start a sub-agent",
  other: "use a tool",
} as const satisfies Record<ToolKind, string>;

/** What became of a task that needs the person; null where a person chose it, or nothing is left to do. */
const trouble = {
  merged: null,
  declined: null,
  untrusted: null,
  interrupted: null,
  empty: "Nothing was changed",
  "same-vendor": "No reviewer of another vendor",
  "no-implementer": "Nobody could implement it",
  "no-review": "Nobody handed in a review",
  conflict: "Conflict with the target",
  "moved-head": "The branch was left in another state",
  "nested-repository": "The change holds a repository of its own",
  dirty: "Uncommitted work is in the way",
  "checks-failed": "Checks failed",
  failed: "It failed",
} as const satisfies Record<Outcome, string | null>;

/** @param root the state of the root session that the question belongs to */
export const questionMessage = (
  approval: string,
  subject: ApprovalSubject,
  root: SessionState,
): DeviceMessage => ({
  title: asked(subject, root),
  body: place(root),
  url: `/a/${encodeURIComponent(approval)}`,
  tag: questionTag(approval),
});

export const questionTag = (approval: string): string => `approval-${approval}`;

/** Undefined when the end of the task needs nobody. */
export function failureMessage(
  { task, outcome }: EventOf<"task.ended">,
  root: SessionState,
): DeviceMessage | undefined {
  const what = trouble[outcome];
  if (what === null) return undefined;
  return {
    title: `Unblock: ${what}`,
    body: place(root),
    url: `/s/${encodeURIComponent(root.id)}`,
    tag: `task-${root.id}-${task}`,
  };
}

function asked(subject: ApprovalSubject, root: SessionState): string {
  if ("agreements" in subject && subject.agreements?.length) return "Decide: spend more";
  switch (subject.kind) {
    case "tool":
      return `Decide: ${wish[subject.call.kind]}`;
    case "push":
      return `Decide: push to ${inLine(subject.facts.remote, 60)}`;
    case "turn":
      return "Decide: begin a turn";
    case "merge":
      return `Review: ${inLine(root.tasks[subject.task]?.spec.text ?? subject.task, 120)}`;
    case "trust":
      return "Decide: trust the repository's commands";
  }
}

/** The request and its repository, as a person knows them. */
function place(root: SessionState): string {
  const repository = namedRepositoryOf(root);
  const words = inLine(root.spec.title, 200);
  return repository === null ? words : `${words} · ${inLine(path.basename(repository), 60)}`;
}

/** A text's first line, cut. */
function inLine(text: string, limit: number): string {
  const [first = ""] = text.trim().split(/[\p{Cc}\u2028\u2029]/u);
  const kept = Array.from(first);
  return kept.length <= limit ? first : `${kept.slice(0, limit - 1).join("")}…`;
}
