import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CommandOutcome, runCommand } from "../process/run-command.ts";
import {
  type Confinement,
  type ConfinementHere,
  type ConfinementSpec,
  confine,
  confinementHere,
} from "./index.ts";
import type { PortRelay } from "./port-relay.ts";

const checkout = fileURLToPath(new URL("../../../../", import.meta.url));
/** Where the agent CLIs lie, one of which brings a bubblewrap along. */
export const programs = process.env.TUTTI_HARNESS_CLIS ?? join(checkout, "harness-clis/node_modules/.bin");
export const candidates = [join(dirname(programs), "@openai")];

let here: Promise<ConfinementHere> | undefined;

/** The bubblewrap to test with. Where confinement does not hold, tests are left out, but for a CI, where it must. */
export async function confinementForTests(): Promise<ConfinementHere & { skip: boolean }> {
  here ??= confinementHere(candidates, process.env);
  const found = await here;
  return { ...found, skip: !found.holds && process.env.CI !== "true" };
}

/** A confinement of a folder of its own, with a HOME that is not there outside: for tests. */
export interface SampleConfinement {
  folder: string;
  workspace: string;
  confinement: Confinement;
  run(command: string | readonly string[], env?: Record<string, string>): Promise<CommandOutcome>;
  remove(): Promise<void>;
}

/** What is different from nothing, and what carries the ports where it is not the machine's own choice. */
type SampleSpec = Partial<ConfinementSpec> & { relay?: PortRelay };

export async function sampleConfinement(
  more: SampleSpec | ((folder: string) => SampleSpec) = {},
): Promise<SampleConfinement> {
  const found = await confinementForTests();
  if (!found.holds) throw new Error(found.why);
  const folder = await realpath(await mkdtemp(join(tmpdir(), "tutti-confine-")));
  const workspace = join(folder, "work");
  await mkdir(workspace);
  const { relay, ...asked } = typeof more === "function" ? more(folder) : more;
  const confinement = await confine(
    {
      workspace,
      home: { path: "/home/somebody", folder: join(folder, "home") },
      temporary: join(folder, "tmp"),
      readable: [],
      writable: [],
      mounts: [],
      ports: [],
      environment: {},
      limits: {},
      ...asked,
    },
    found.bubblewrap,
    relay,
  );
  return {
    folder,
    workspace,
    confinement,
    run: (command, env = {}) =>
      runCommand({
        command,
        cwd: workspace,
        env: { PATH: "/usr/local/bin:/usr/bin:/bin", ...env },
        marker: `confined-${process.pid}/${Math.random().toString(36).slice(2)}`,
        timeoutMs: 60_000,
        confinement,
      }),
    async remove() {
      await confinement.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
