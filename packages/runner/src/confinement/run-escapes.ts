import { randomUUID } from "node:crypto";
import { runCommand } from "../process/run-command.ts";
import { confine } from "./confine.ts";
import { layOutVictim } from "./escape-victim.ts";
import { type Escape, escapes } from "./escapes.ts";
import type { Bubblewrap } from "./find-bubblewrap.ts";

/** What became of one attempt. `untried`: what it needs is not on this machine. */
export interface EscapeResult {
  name: string;
  tries: string;
  outcome: "stopped" | "escaped" | "untried";
  /** What got out, or what the attempt said last. */
  detail: string;
}

export interface EscapeOptions {
  bubblewrap: Pick<Bubblewrap, "program">;
  /** A folder of this user's that exists and is not shared with others; emptied of what was made in it. */
  folder: string;
  /** Aborted: no further attempt is made, and it rejects. */
  signal?: AbortSignal;
  /** Told after each attempt: how many are done, and of how many. Must not throw. */
  onAttempt?(done: number, all: number): void;
  /** For a doctor of the attempts themselves: without a confinement, the tame ones only. */
  unconfined?: boolean;
}

const ATTEMPT_LIMIT_MS = 60_000;
const PORT = 8199;

/**
 * Tries every way out that is known, one after the other, against a victim made for it. Nothing real is touched: what is tried
 * is harmless even where it gets out. Rejects when no confinement can be opened.
 */
export async function runEscapes(options: EscapeOptions): Promise<EscapeResult[]> {
  const victim = await layOutVictim(options.folder);
  const { names, home, workspace, sockets, folder } = victim;
  const confinement = options.unconfined
    ? undefined
    : await confine(
        {
          workspace,
          home: { path: home, folder: `${folder}/private/home` },
          temporary: `${folder}/private/tmp`,
          readable: [],
          writable: [],
          mounts: [],
          ports: [{ port: PORT, socket: `${sockets}/own.sock` }],
          environment: {},
          limits: { processes: 256 },
        },
        options.bubblewrap,
      ).catch(async (cause: unknown) => {
        await victim.remove();
        throw cause;
      });
  try {
    const attempt = (script: string) =>
      runCommand({
        command: ["/bin/sh", "-c", script],
        cwd: workspace,
        env: { ...names, HOME: home, PATH: "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin" },
        marker: `escape-${randomUUID()}`,
        timeoutMs: ATTEMPT_LIMIT_MS,
        ...(confinement && { confinement }),
        ...(options.signal && { signal: options.signal }),
      });
    const works = await attempt("exit 0");
    if (works.exitCode !== 0) throw new Error(`nothing runs confined here: ${works.output.trim()}`);

    const programs = new Map<string, boolean>();
    const has = async (program: string) => {
      const known = programs.get(program) ?? (await attempt(`command -v ${program}`)).exitCode === 0;
      programs.set(program, known);
      return known;
    };
    const results: EscapeResult[] = [];
    const ways = escapes.filter(({ tame }) => tame || !options.unconfined);
    for (const way of ways) {
      results.push(await tryOne(way));
      // An attempt that was cut off says nothing.
      options.signal?.throwIfAborted();
      options.onAttempt?.(results.length, ways.length);
    }
    return results;

    async function tryOne({ name, tries, script, needs }: Escape): Promise<EscapeResult> {
      if (needs !== undefined && !(await has(needs)))
        return { name, tries, outcome: "untried", detail: `there is no ${needs} here` };
      const { exitCode, output, failure } = await attempt(script);
      const harm = await victim.harm();
      if (harm.length > 0) return { name, tries, outcome: "escaped", detail: harm.join("; ") };
      if (exitCode === 0) return { name, tries, outcome: "escaped", detail: output.trim() };
      return {
        name,
        tries,
        outcome: "stopped",
        detail: failure?.message ?? output.trim().split("\n").at(-1) ?? "",
      };
    }
  } finally {
    await confinement?.close();
    await victim.remove();
  }
}
