import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { confine, harnesses, openConfinementHere } from "@tutti/runner";
import type { Bench } from "./bench.ts";
import { interleave } from "./interleave.ts";
import type { Measurement, Row } from "./measurement.ts";
import { compare, summarize } from "./statistics.ts";

type Confinement = Awaited<ReturnType<typeof confine>>;

const environment = { PATH: "/usr/local/bin:/usr/bin:/bin" };
/** What the second command reads. */
const files = 200;

/** What a confinement costs a program that starts in it, and a command of a shell that is in it already. */
export const confinement: Measurement = {
  name: "confinement",
  title: "Confinement: outside against inside",
  async measure(bench) {
    await using place = await openPlace(bench);
    return [
      await start(bench, place),
      await command(bench, place, "a command of a running shell: /bin/true", "/bin/true"),
      await command(bench, place, `a command of a running shell: ${files} files read`, "cat f/* >/dev/null"),
    ];
  },
};

interface Place extends AsyncDisposable {
  workspace: string;
  confinement: Confinement;
}

/** A confinement as a session's, with two ports and the limits. */
async function openPlace(bench: Bench): Promise<Place> {
  const here = await openConfinementHere({
    harnesses,
    environment: bench.environment,
    folders: bench.programs,
    now: () => performance.now(),
  })();
  if (!here.holds) throw new Error(here.why);
  const [folder, workspace] = [bench.makeFolder("confined"), bench.makeFolder("work")];
  mkdirSync(join(workspace, "f"));
  for (let index = 0; index < files; index++)
    writeFileSync(join(workspace, "f", String(index)), "export const answer = 42;\n".repeat(40));
  const sockets = bench.makeFolder("n");
  const ports = [4101, 4102].map((port) => ({ port, socket: join(sockets, `${port}.sock`) }));
  const servers = ports.map(({ socket }) => createServer((one) => one.end()).listen(socket));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const confinement = await confine(
    {
      workspace,
      home: { path: bench.environment.HOME ?? "/home/bench", folder: join(folder, "home") },
      temporary: join(folder, "tmp"),
      readable: [],
      writable: [],
      mounts: [],
      ports,
      environment: {},
      limits: { processes: 4_096, memoryBytes: 16 * 1024 ** 3 },
    },
    here.bubblewrap,
  );
  return {
    workspace,
    confinement,
    async [Symbol.asyncDispose]() {
      await confinement.close();
      for (const server of servers) server.close();
    },
  };
}

/** Starts a program as Tutti does, without what Tutti does at its end. */
function open(program: string, { workspace }: Place, inside?: Confinement) {
  const asked = { command: program, args: [], cwd: workspace, env: environment };
  const { command, args, cwd, env, files } = inside ? inside.wrap(asked) : { ...asked, files: [] };
  const child = spawn(command, args, {
    cwd,
    env,
    stdio: ["pipe", "pipe", "inherit", ...files.map(() => "pipe" as const)],
  });
  for (const [index, content] of files.entries()) {
    const pipe = child.stdio[3 + index];
    if (pipe && "end" in pipe) pipe.on("error", () => {}).end(content);
  }
  return child;
}

/** From the call to the program's end. */
async function start(bench: Bench, place: Place): Promise<Row> {
  const timed = (inside?: Confinement) => async () => {
    const begin = performance.now();
    const [code] = await once(open("/bin/true", place, inside), "exit");
    if (code !== 0) throw new Error(`true ended with ${code}`);
    return performance.now() - begin;
  };
  const ways = { bare: timed(), confined: timed(place.confinement) };
  for (const way of Object.values(ways)) await way();
  const times = await interleave(ways, { rounds: 60, budgetMs: 12_000, signal: bench.signal });
  const beside = compare(times.confined, times.bare);
  return {
    what: "start of `true`, two ports listening",
    unit: "ms",
    value: summarize(times.confined),
    beside,
    target: { text: "≤ 40 ms added", met: beside.added <= 40 },
  };
}

/** From the line that a shell reads to the word that it is done: what a tool call costs. */
async function command(bench: Bench, place: Place, what: string, line: string): Promise<Row> {
  const [outside, inside] = [openShell(place), openShell(place, place.confinement)];
  try {
    const ways = { bare: () => outside.does(line), confined: () => inside.does(line) };
    for (const way of Object.values(ways)) await way();
    const times = await interleave(ways, { rounds: 300, budgetMs: 5_000, signal: bench.signal });
    const beside = compare(times.confined, times.bare);
    return {
      what,
      unit: "ms",
      value: summarize(times.confined),
      beside,
      target: { text: "≤ 1 ms added", met: beside.added <= 1 },
    };
  } finally {
    await Promise.all([outside.close(), inside.close()]);
  }
}

function openShell(place: Place, confined?: Confinement) {
  const child = open("/bin/sh", place, confined);
  const ended = once(child, "exit");
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error("a shell has streams");
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return {
    async does(line: string): Promise<number> {
      const begin = performance.now();
      stdin.write(`${line} && echo done\n`);
      const { value } = await lines.next();
      if (value !== "done") throw new Error(`the shell ended in the middle of ${line}`);
      return performance.now() - begin;
    },
    async close() {
      stdin.end();
      await ended;
    },
  };
}
