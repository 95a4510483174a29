/** How the project's own commands are held while they run: what they start is what an agent wrote. */
import type { Confinement } from "@tutti/core";
import type { Workspace } from "./snapshot.ts";

export interface HeldCommands {
  /** Absent: the commands run with the person's rights. */
  confinement?: Confinement;
  /** The whole environment of the commands. */
  env: NodeJS.ProcessEnv;
  /** Takes down what held them. Never rejects. */
  release(): Promise<void>;
}

/** Called before the commands of one piece of work, released after them. A refusal says why none of them is run. */
export type HoldCommands = (
  workspace: Workspace,
) => Promise<({ ok: true } & HeldCommands) | { ok: false; why: string }>;
