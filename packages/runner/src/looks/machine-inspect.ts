import { statfs } from "node:fs/promises";
import { availableParallelism, freemem, loadavg, totalmem } from "node:os";
import type { Harness, LookAnswerOf, SeenHarness } from "@tutti/core";
import { harnessCard, toldHarnesses } from "../harness-card.ts";
import type { LookContext } from "./look-context.ts";
import { seenWorktrees } from "./worktrees.ts";

/** How long what was found of the agent programs is believed, in milliseconds: each is started to ask for its version. */
const believedMs = 60_000;

/** Looks at a machine, again and again: the programs are looked for once in a while. */
export function openMachineInspection(context: LookContext): () => Promise<LookAnswerOf<"machine.inspect">> {
  let known: { at: number; harnesses: Promise<SeenHarness[]> } | undefined;
  const seen = () => {
    if (known && context.now() - known.at < believedMs) return known.harnesses;
    const fresh = { at: context.now(), harnesses: seenHarnesses(context) };
    known = fresh;
    // What failed is not believed.
    fresh.harnesses.catch(() => {
      if (known === fresh) known = undefined;
    });
    return fresh.harnesses;
  };

  return async () => {
    const [harnesses, here, disk, worktrees] = await Promise.all([
      seen(),
      context.here(),
      statfs(context.stateFolder),
      seenWorktrees(context.stateFolder, context.now),
    ]);
    return {
      type: "machine.inspect",
      harnesses,
      confinement: here.holds
        ? { possible: true, why: `${here.program} (${here.version})` }
        : { possible: false, why: here.why },
      load: loadavg()[0] ?? 0,
      cores: availableParallelism(),
      memory: { total: totalmem(), free: freemem() },
      disk: { total: disk.blocks * disk.bsize, free: disk.bavail * disk.bsize },
      worktrees,
    };
  };
}

async function seenHarnesses(context: LookContext): Promise<SeenHarness[]> {
  const told = await toldHarnesses(context);
  return Promise.all(told.map((harness) => seenHarness(harness, context)));
}

async function seenHarness(harness: Harness, { environment, folders }: LookContext): Promise<SeenHarness> {
  const { install, login: logIn } = harness.descriptor;
  const installation = (await harness.find(environment, folders)) ?? null;
  const login = installation && (await harness.login(installation, environment));
  return { ...harnessCard(harness), installation, login, install, logIn };
}
