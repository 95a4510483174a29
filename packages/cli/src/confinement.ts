import type { Environment } from "@tutti/core";
import { type ConfinementHere, harnesses, openConfinementHere } from "@tutti/runner";
import { programFolders } from "./machine.ts";

/** Whether programs can be confined on this machine, with the person's own bubblewrap or one that an agent CLI brings along. */
export const confinementOf = (environment: Environment): (() => Promise<ConfinementHere>) =>
  openConfinementHere({
    harnesses,
    environment,
    folders: programFolders(environment),
    now: () => performance.now(),
  });
