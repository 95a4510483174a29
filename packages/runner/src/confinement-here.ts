/** Whether programs can be confined on this machine, asked with every bubblewrap that is there. */
import type { Environment, Harness } from "@tutti/core";
import { type ConfinementHere, confinementHere } from "./confinement/index.ts";

/** How long a machine that did not hold is believed, in milliseconds: what is missing may be installed meanwhile. */
const doubtMs = 60_000;

export interface ConfinementHereOptions {
  harnesses: readonly Harness[];
  environment: Environment;
  /** Folders with agent programs that are looked into before PATH. */
  folders: readonly string[];
  now(): number;
}

/** Answers the same for as long as it holds. `TUTTI_CONFINEMENT=off` in the environment is a plain no. */
export function openConfinementHere(options: ConfinementHereOptions): () => Promise<ConfinementHere> {
  let known: { at: number; answer: Promise<ConfinementHere> } | undefined;
  return async () => {
    const before = await known?.answer;
    if (known && before && (before.holds || options.now() - known.at < doubtMs)) return before;
    known = { at: options.now(), answer: look(options) };
    return known.answer;
  };
}

async function look({ harnesses, environment, folders }: ConfinementHereOptions): Promise<ConfinementHere> {
  if (environment.TUTTI_CONFINEMENT === "off")
    return { holds: false, why: "it is switched off by TUTTI_CONFINEMENT." };
  const shipped = await Promise.all(
    harnesses.map(async (harness) => {
      if (!harness.bubblewraps) return [];
      const installation = await harness.find(environment, folders);
      return installation ? harness.bubblewraps(installation) : [];
    }),
  );
  return confinementHere(shipped.flat(), environment);
}
