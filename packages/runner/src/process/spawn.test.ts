import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readJsonLines } from "./json-lines.ts";
import { type ChildTree, type SpawnRequest, spawnTree } from "./spawn.ts";
import { findMarked, sweepMarker } from "./sweep.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tutti-process-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(script: string, more: Partial<SpawnRequest> = {}): Promise<ChildTree> {
  const marker = `test/${randomUUID()}`;
  const spawned = await spawnTree({
    command: "/bin/sh",
    args: ["-c", script],
    cwd: folder,
    env: process.env,
    marker,
    ...more,
  });
  if (!spawned.ok) throw new Error(spawned.reason.message);
  return spawned.tree;
}

/** Reads the pids that a script prints as its first line, and leaves the stream open. */
async function firstPids(tree: ChildTree): Promise<number[]> {
  const chunk = await new Promise<Buffer>((resolve) => tree.stdout.once("data", resolve));
  return chunk.toString().trim().split(" ").map(Number);
}

function isRunning(pid: number): boolean {
  try {
    return !execFileSync("ps", ["-o", "stat=", "-p", String(pid)])
      .toString()
      .startsWith("Z");
  } catch {
    return false;
  }
}

test("a program talks through clean pipes and its end carries the exit code", async () => {
  const tree = await start("cat; echo problem >&2; exit 3");
  tree.stdin.end("hello");
  expect(await text(tree.stdout)).toBe("hello");
  expect(await tree.exited).toEqual({ code: 3, signal: null });
  expect(tree.stderrTail()).toBe("problem\n");
});

test("a missing binary, a missing folder and a file that is no program are values", async () => {
  const request = { args: [], cwd: folder, env: process.env, marker: "test/none" };
  const failure = async (more: object) => {
    const result = await spawnTree({ ...request, command: "no-such-program", ...more });
    return result.ok ? "started" : result.reason.kind;
  };
  expect(await failure({})).toBe("missing-binary");
  expect(await failure({ command: "sh", cwd: join(folder, "nowhere") })).toBe("missing-folder");
  expect(await failure({ command: folder })).toBe("not-startable");
});

test("only the given environment and the marker reach the child", async () => {
  const tree = await start("/usr/bin/env", { env: { ONLY: "this" }, marker: "test/env" });
  const names = (await text(tree.stdout)).split("\n").map((line) => line.split("=")[0]);
  expect(names).toContain("ONLY");
  expect(names).toContain("TUTTI_MARKER");
  expect(names).not.toContain("HOME");
});

test("a child reads its files on the descriptors from 3 on, in any order and of any size, and inherits nothing else", async () => {
  const large = Buffer.alloc(3_000_000, "x");
  const tree = await start(
    "cat <&4 | wc -c; cat <&3; exec 3<&- 4<&-; echo; ls -l /proc/self/fd | grep -v dev/null | grep -c -- '->'",
    {
      files: [Buffer.from("first"), large],
    },
  );
  const [size, first, open] = (await text(tree.stdout)).split("\n");
  expect([size?.trim(), first]).toEqual(["3000000", "first"]);
  // stdin, stdout, stderr and the folder that is read.
  if (process.platform === "linux") expect(open).toBe("4");
  expect(await tree.exited).toEqual({ code: 0, signal: null });
});

test("a child that does not read its files ends as if there were none", async () => {
  const tree = await start("exit 5", { files: [Buffer.alloc(3_000_000)] });
  tree.stdout.resume();
  expect(await tree.exited).toEqual({ code: 5, signal: null });
});

test("a confinement decides what is started, and cannot lose the marker", async () => {
  const tree = await start("echo $0 $1 $WITHIN; cat <&3", {
    args: ["-c", 'echo "$@" $TUTTI_MARKER; cat <&3', "sh"],
    marker: "test/within",
    confinement: {
      wrap: ({ command, args, cwd, env }) => ({
        command,
        args: [...args, "inside"],
        cwd,
        env: { PATH: env.PATH },
        files: [Buffer.from(String(env.TUTTI_MARKER))],
      }),
    },
  });
  expect(await text(tree.stdout)).toBe("inside test/within\ntest/within");
});

test("kill reaches a grandchild in a session of its own that ignores SIGTERM", async () => {
  const tree = await start(
    `trap '' TERM; setsid nohup sh -c 'trap "" TERM; sleep 1000 & wait; sleep 1000' >/dev/null 2>&1 &
     echo $! $$; while :; do sleep 1000; done`,
  );
  const pids = await firstPids(tree);
  expect(pids).toHaveLength(2);
  const sweep = await tree.kill({ graceMs: 50 });
  expect(sweep.survivors).toEqual([]);
  expect(await tree.exited).toEqual({ code: null, signal: "SIGKILL" });
  expect(pids.filter(isRunning)).toEqual([]);
});

test("a child that ends on SIGTERM is given the time to", async () => {
  const tree = await start("trap 'echo bye; exit 0' TERM; echo $$; while :; do sleep 0.05; done");
  await firstPids(tree);
  const rest = text(tree.stdout);
  await tree.kill({ graceMs: 10_000 });
  expect(await rest).toBe("bye\n");
  expect(await tree.exited).toEqual({ code: 0, signal: null });
});

test("what a program leaves behind dies with it, and its last output is not lost", async () => {
  const tree = await start(
    `sh -c 'trap "echo last words; exit" TERM; echo $$; while :; do sleep 0.02; done' & read go; exit 0`,
  );
  const [orphan = 0] = await firstPids(tree);
  const rest = text(tree.stdout);
  tree.stdin.end("go\n");
  await tree.exited;
  expect(isRunning(orphan)).toBe(false);
  expect(await rest).toBe("last words\n");
});

test("all output is there when the tree has ended, however much it is", async () => {
  const tree = await start("head -c 5000000 /dev/zero | tr '\\0' x");
  let bytes = 0;
  tree.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await tree.exited;
  expect(bytes).toBe(5_000_000);
});

test("a process without the marker that holds the stream does not hold up the end", async () => {
  const tree = await start("setsid env -i /bin/sh -c 'echo $$; exec sleep 1000' & read go; exit 7");
  const [stranger = 0] = await firstPids(tree);
  tree.stdin.end("go\n");
  for await (const line of readJsonLines(tree.stdout)) expect(line).toBe("no further line");
  expect((await tree.exited).code).toBe(7);
  process.kill(stranger, "SIGKILL");
});

test("writing to a child that is gone is no error", async () => {
  const tree = await start("exit 0");
  tree.stdout.resume();
  tree.stdin.write("x".repeat(1_000_000));
  expect(await tree.exited).toEqual({ code: 0, signal: null });
  tree.stdin.write("more");
  expect(await tree.kill()).toEqual({ killed: [], survivors: [] });
});

test("a sweep finds exactly its marker, or with `below` what lies underneath", async () => {
  const host = `host-${randomUUID()}`;
  const script = "echo $$; exec sleep 1000";
  const trees = await Promise.all(
    [`${host}/a`, `${host}/a/1`, `${host}/ab`].map((marker) => start(script, { marker })),
  );
  const [exact = 0, under = 0, other = 0] = (await Promise.all(trees.map(firstPids))).flat();
  expect((await sweepMarker(`${host}/a`, { spare: new Set([exact]) })).killed).toEqual([]);
  expect(await findMarked(`${host}/a`)).toEqual([exact]);
  expect((await sweepMarker(`${host}/a`)).killed).toEqual([exact]);
  expect([under, other].map(isRunning)).toEqual([true, true]);
  expect((await sweepMarker(`${host}/a`, { below: true })).killed).toEqual([under]);
  expect(isRunning(other)).toBe(true);
  await Promise.all(trees.map((tree) => tree.kill()));
  await expect(sweepMarker("")).rejects.toThrow(TypeError);
});
