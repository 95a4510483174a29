import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Measurement, Row } from "./measurement.ts";
import { prompts } from "./models.ts";
import { createSession, playTutti } from "./play.ts";
import { descendants, proportional, resident } from "./processes.ts";
import { summarize } from "./statistics.ts";
import { startTutti } from "./tutti.ts";

const idleSessions = 500;

/** What a Tutti holds in memory when nothing happens: with no session, and with many idle ones. */
export const memory: Measurement = {
  name: "memory",
  title: `Memory, and processes of ${idleSessions} idle sessions`,
  async measure(bench) {
    const home = join(bench.folder, "m");
    await using tutti = await startTutti({ home, environment: bench.environment });
    const { supervisor, server, host } = tutti.processes;
    const single = (what: string, unit: Row["unit"], value: number): Row => ({
      what,
      unit,
      value: summarize([value]),
    });
    const mb = (kb: number) => kb / 1024;

    await settled([supervisor, server, host]);
    const before = { server: resident(server), host: resident(host) };
    const others = { supervisor: resident(supervisor), postgres: databaseMemory(home) };

    // A session that has played is idle in the same way as one that was only created.
    bench.say("one turn on each harness");
    for (const subject of bench.subjects)
      await playTutti(tutti, await createSession(tutti, bench, subject), prompts.plain);
    const [subject] = bench.subjects;
    if (!subject) throw new Error("there is no harness to have sessions of");
    /** The code that creates sessions is warm, and what it used before is not counted as theirs. */
    const create = async () => {
      for (let index = 0; index < idleSessions; index++) {
        bench.signal.throwIfAborted();
        await createSession(tutti, bench, subject);
      }
      await settled([server, host]);
      return { server: resident(server), host: resident(host) };
    };
    bench.say(`${idleSessions} idle sessions`);
    const first = await create();
    bench.say(`${idleSessions} more`);
    const second = await create();
    // Whatever the host has started and not ended.
    const agents = descendants(host).length;
    return [
      single("server, idle (RSS)", "MB", mb(before.server)),
      single("host, idle (RSS)", "MB", mb(before.host)),
      single("supervisor (RSS)", "MB", mb(others.supervisor)),
      single("PostgreSQL, idle (PSS of all its processes)", "MB", mb(others.postgres)),
      single(`server with ${idleSessions} sessions (RSS)`, "MB", mb(first.server)),
      single(`host with ${idleSessions} sessions (RSS)`, "MB", mb(first.host)),
      single("server, per further idle session", "kB", (second.server - first.server) / idleSessions),
      single("host, per further idle session", "kB", (second.host - first.host) / idleSessions),
      {
        ...single(`agent processes with ${2 * idleSessions} idle sessions`, "", agents),
        target: { text: "0", met: agents === 0 },
      },
    ];
  },
};

/** Waits until the processes hold as much as they held a second before, or ten seconds are over. */
async function settled(pids: readonly number[]): Promise<void> {
  const sum = () => pids.reduce((total, pid) => total + resident(pid), 0);
  let last = sum();
  for (let second = 0; second < 10; second++) {
    await delay(1_000);
    const now = sum();
    if (Math.abs(now - last) < 1_024) return;
    last = now;
  }
}

/** The database's processes share most of what they hold: each page is counted once. In kB. */
function databaseMemory(home: string): number {
  const [lockFile] = globSync(join(home, "state/postgres/**/postmaster.pid"));
  if (lockFile === undefined) throw new Error("the database's process was not found");
  const postmaster = Number.parseInt(readFileSync(lockFile, "utf8"), 10);
  return [postmaster, ...descendants(postmaster)].reduce((total, pid) => total + proportional(pid), 0);
}
