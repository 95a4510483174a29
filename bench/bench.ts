import { mkdirSync, mkdtempSync, realpathSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Harness, Installation, ModelProvider } from "@tutti/core";
import { harnesses } from "@tutti/runner";
import type { BareCli } from "./bare/bare-cli.ts";
import { bareClis } from "./bare/index.ts";
import { type Models, startModels } from "./models.ts";
import { startTutti, type Tutti } from "./tutti.ts";

/** A harness with the same program by itself beside it. */
export interface Subject {
  harness: Harness;
  bare: BareCli;
  installation: Installation;
  /** The wire that its models are reached over. */
  wire: ModelProvider["wire"];
}

/** What every measurement works with. It lives in a folder of its own and leaves nothing behind. */
export interface Bench extends AsyncDisposable {
  /** Real path of a folder for the measurement's own files; short, as sockets may lie below it. */
  readonly folder: string;
  /** What the agent programs, Tutti and its host all get: a fresh home, PATH, the rehearsed models' key. */
  readonly environment: NodeJS.ProcessEnv;
  /** Folders with agent programs that are looked into before PATH. */
  readonly programs: readonly string[];
  readonly signal: AbortSignal;
  readonly subjects: readonly Subject[];
  readonly models: Models;
  /** A running Tutti, the same for all measurements that don't need one of their own. */
  tutti(): Promise<Tutti>;
  /** An empty folder. */
  makeFolder(name: string): string;
  /** Tells a person what happens now. */
  say(line: string): void;
}

export interface BenchOptions {
  /** Folders with agent programs that are looked into before PATH. */
  programs: readonly string[];
  signal: AbortSignal;
  say(line: string): void;
}

export async function openBench({ programs, signal, say }: BenchOptions): Promise<Bench> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tb-")));
  const home = join(folder, "home");
  mkdirSync(home);
  const environment: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: home,
    LANG: process.env.LANG ?? "C.UTF-8",
    REHEARSAL_KEY: "rehearsed",
    // Offers the harness that has no program, beside the others.
    TUTTI_FAKE_HARNESS: "1",
    ...(programs.length > 0 && { TUTTI_HARNESS_CLIS: programs.join(":") }),
  };
  const models = await startModels();
  let tutti: Promise<Tutti> | undefined;
  let folders = 0;

  return {
    folder,
    environment,
    programs,
    signal,
    subjects: await findSubjects(environment, programs, say),
    models,
    tutti() {
      tutti ??= startTutti({ home: join(folder, "t"), environment });
      return tutti;
    },
    makeFolder(name) {
      const made = join(folder, `${name}-${++folders}`);
      mkdirSync(made);
      return made;
    },
    say,
    async [Symbol.asyncDispose]() {
      await (await tutti?.catch(() => undefined))?.[Symbol.asyncDispose]();
      await models.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

async function findSubjects(
  environment: NodeJS.ProcessEnv,
  programs: readonly string[],
  say: (line: string) => void,
): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const bare of bareClis) {
    const harness = harnesses.find(({ descriptor }) => descriptor.id === bare.harness);
    const wire = harness?.descriptor.capabilities.wires[0];
    if (!harness || !wire) throw new Error(`Tutti has no harness named ${bare.harness}`);
    const installation = await harness.find(environment, programs);
    if (installation) subjects.push({ harness, bare, installation, wire });
    else say(`${harness.descriptor.title} is not installed and is left out`);
  }
  return subjects;
}
