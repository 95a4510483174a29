/** Who and what the gallery's stories are about. */
import { createHash } from "node:crypto";
import type { Actor, HarnessCard } from "@tutti/core";

/** The moment at which everybody looks at the gallery. */
export const now = "2026-03-14T13:46:00.000Z";

export const host = "studio";
export const home = "/home/jo";
export const repository = `${home}/code/todos`;
export const worktreeOf = (task: string): string => `${home}/.local/share/tutti/worktrees/todos-${task}`;

export const person: Actor = { kind: "person", name: "Jo Lindqvist" };
export const runner: Actor = { kind: "runner", name: host };
export const program: Actor = { kind: "orchestration", name: "implement-review-merge" };

/** The time of a clock on the gallery's day; a whole time is left as it is. */
export const time = (clock: string): string =>
  clock.includes("T") ? new Date(clock).toISOString() : new Date(`2026-03-14T${clock}Z`).toISOString();

export const later = (clock: string, seconds: number): string =>
  new Date(Date.parse(time(clock)) + seconds * 1_000).toISOString();

/** A git object id that begins with these letters. */
export const sha = (short: string): string =>
  `${short}${createHash("sha1").update(short).digest("hex")}`.slice(0, 40);

/** A harness at a role: its id, the model that it plays, who makes that, and who says what it costs. */
export interface Player {
  harness: string;
  model: string;
  vendor: string;
  version: string;
  costSource: "list" | "subscription";
}

export const claude: Player = {
  harness: "claude-code",
  model: "claude-opus-4-6",
  vendor: "anthropic",
  version: "2.1.72",
  costSource: "subscription",
};
export const codex: Player = {
  harness: "codex",
  model: "gpt-5.4-codex",
  vendor: "openai",
  version: "0.112.0",
  costSource: "list",
};
export const pi: Player = {
  harness: "pi",
  model: "gemini-3-pro",
  vendor: "google",
  version: "0.61.0",
  costSource: "list",
};

export const harnesses: readonly HarnessCard[] = [
  {
    id: "claude-code",
    title: "Claude Code",
    mark: "CC",
    form: "solid",
    vendor: "anthropic",
    steer: true,
    images: true,
  },
  { id: "codex", title: "Codex", mark: "CX", form: "outline", vendor: "openai", steer: true, images: true },
  { id: "pi", title: "Pi", mark: "Pi", form: "round", vendor: null, steer: true, images: true },
];
