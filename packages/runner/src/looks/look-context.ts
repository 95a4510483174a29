import type { Environment, Harness } from "@tutti/core";
import type { ConfinementHere } from "../confinement/index.ts";

/** What looks are made with. */
export interface LookContext {
  harnesses: readonly Harness[];
  environment: Environment;
  /** Folders with agent programs that are looked into before PATH. */
  folders: readonly string[];
  /** Tutti's own folder on this machine. */
  stateFolder: string;
  /** Whether programs can be confined on this machine. */
  here(): Promise<ConfinementHere>;
  /** Milliseconds that only grow. */
  now(): number;
}
