import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { doWork, settingsClaims } from "@tutti/runner";
import type { Bench } from "./bench.ts";
import { interleave } from "./interleave.ts";
import type { Measurement, Row } from "./measurement.ts";
import { compare, summarize } from "./statistics.ts";

/** A worktree as Tutti opens and closes it for a task, against `git worktree add` and `remove`. */
export const worktree: Measurement = {
  name: "worktree",
  title: "A task's worktree: git worktree add against Tutti",
  async measure(bench) {
    const rows: Row[] = [];
    for (const { name, files, rounds } of [
      { name: "20 files", files: 20, rounds: 20 },
      { name: "20,000 files", files: 20_000, rounds: 5 },
    ]) {
      bench.say(name);
      rows.push(...(await measureOne(bench, name, files, rounds)));
    }
    return rows;
  },
};

async function measureOne(bench: Bench, name: string, files: number, rounds: number): Promise<Row[]> {
  const repository = bench.makeFolder("repository");
  const base = await makeRepository(repository, files);
  const stateFolder = bench.makeFolder("state");
  let tasks = 0;
  const timed = async <T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> => {
    const start = performance.now();
    const result = await work();
    return { ms: performance.now() - start, result };
  };
  const work = (session: string, request: Parameters<typeof doWork>[0]) =>
    doWork(request, {
      settingsClaims,
      stateFolder,
      session,
      hold: async () => ({ ok: true, env: bench.environment, release: async () => {} }),
      marker: `bench/${session}`,
      now: new Date(),
    });

  const ways = {
    async bare() {
      const folder = join(bench.makeFolder("bare"), "worktree");
      const branch = `bare-${++tasks}`;
      const { ms: open } = await timed(() =>
        git(repository, ["worktree", "add", "-q", "-b", branch, folder, base]),
      );
      const { ms: close } = await timed(() => git(repository, ["worktree", "remove", folder]));
      await git(repository, ["branch", "-q", "-D", branch]);
      return { open, close };
    },
    async tutti() {
      const session = `bench-${++tasks}`;
      const task = { task: "task", repository };
      const { ms: open, result } = await timed(() =>
        work(session, { type: "workspace.open", ...task, base }),
      );
      if (result.type !== "workspace.opened") throw new Error(`no worktree: ${JSON.stringify(result)}`);
      const { workspace } = result;
      const { ms: close, result: closed } = await timed(() =>
        work(session, { type: "workspace.close", ...task, workspace, merged: null }),
      );
      if (closed.type !== "workspace.closed")
        throw new Error(`the worktree stays: ${JSON.stringify(closed)}`);
      return { open, close };
    },
  };
  const taken = await interleave(ways, { rounds, budgetMs: 20_000, signal: bench.signal });
  return (["open", "close"] as const).map((step) => {
    const [samples, bare] = [taken.tutti, taken.bare].map((all) => all.map((one) => one[step]));
    if (!samples || !bare) throw new Error("a way was not measured");
    return {
      what: `${name}, ${step}`,
      unit: "ms" as const,
      value: summarize(samples),
      beside: compare(samples, bare),
    };
  });
}

/** A repository with one commit of so many small files, forty to a folder. Answers the commit. */
async function makeRepository(folder: string, files: number): Promise<string> {
  await git(folder, ["init", "-q", "-b", "main"]);
  const content = "export const answer = 42;\n".repeat(40);
  const parts = [`blob\nmark :1\ndata ${content.length}\n${content}`];
  parts.push("commit refs/heads/main\ncommitter bench <bench@localhost> 1700000000 +0000\ndata 4\nbase\n");
  for (let index = 0; index < files; index++) {
    parts.push(`M 100644 :1 src/part-${Math.floor(index / 40)}/file-${index}.ts\n`);
  }
  await git(folder, ["fast-import", "--quiet"], parts.join(""));
  await git(folder, ["reset", "-q", "--hard"]);
  return await git(folder, ["rev-parse", "HEAD"]);
}

/** `input` is what it reads on its standard input. */
async function git(cwd: string, args: readonly string[], input = ""): Promise<string> {
  const child = spawn("git", args, { cwd, stdio: ["pipe", "pipe", "pipe"] });
  // One that reads nothing may be gone before its input is.
  child.stdin.on("error", () => {});
  const said = { out: "", error: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    said.out += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said.error += chunk;
  });
  child.stdin.end(input);
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`git ${args.join(" ")}: ${said.error}`);
  return said.out.trim();
}
