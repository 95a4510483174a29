import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Candidate, Evidence, WorkRequest } from "@tutti/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SampleRepository, sampleRepository } from "./sample-repository.ts";
import type { WorkContext } from "./work.ts";

let sample: SampleRepository;
let workspace: string;
let candidate: Candidate;
beforeEach(async () => {
  sample = await sampleRepository({ "value.txt": "base\n", ".gitignore": "ignored/\n" });
  workspace = await sample.open("t1");
  await writeFile(join(workspace, "value.txt"), "candidate\n");
  const taken = await sample.work({
    type: "candidate.take",
    task: "t1",
    workspace,
    repository: sample.root,
    base: sample.base,
    message: "m",
    sources: [],
    previous: null,
  });
  if (taken.type !== "candidate.taken") throw new Error(JSON.stringify(taken));
  candidate = taken.candidate;
});
afterEach(() => sample.remove());

type CheckRun = Extract<WorkRequest, { type: "check.run" }>;

function request(commands: string[], more: Partial<CheckRun> = {}): CheckRun {
  const { commit, tree } = candidate;
  const checks = commands.map((command, index) => ({ name: `c${index}`, command, timeoutSeconds: 60 }));
  return { type: "check.run", task: "t1", workspace, commit, tree, checks, keep: false, ...more };
}

async function run(
  commands: string[],
  more: Partial<CheckRun> = {},
  context: Partial<WorkContext> = {},
): Promise<Evidence[]> {
  const result = await sample.work(request(commands, more), context);
  if (result.type !== "check.finished") throw new Error(JSON.stringify(result));
  return result.evidence;
}

const atBase = () => ({ commit: sample.base, tree: sample.git("rev-parse", `${sample.base}^{tree}`) });

test("evidence says what was run, on which tree, and how it ended", async () => {
  expect(await run(["cat value.txt", "echo broken >&2; exit 2", "no-such-command"])).toMatchObject([
    {
      name: "c0",
      command: "cat value.txt",
      exitCode: 0,
      timedOut: false,
      output: { text: "candidate\n", cut: 0 },
      treeHash: candidate.tree,
      changedFiles: [],
      cached: false,
    },
    { exitCode: 2, output: { text: "broken\n" } },
    { exitCode: 127 },
  ]);
  expect(sample.gitIn(workspace, "rev-parse", "HEAD")).toBe(candidate.commit);
});

test("the worktree is put at the commit, and what it held before stays reachable", async () => {
  await writeFile(join(workspace, "value.txt"), "later work\n");
  await writeFile(join(workspace, "later.txt"), "untracked\n");
  const [evidence] = await run(["cat value.txt; ls later.txt"], atBase());
  expect(evidence?.output.text).toMatch(/^base\n.*later\.txt/);
  const kept = sample.git("for-each-ref", "--format=%(refname)", "refs/tutti/s1/t1/kept");
  expect(sample.git("show", `${kept}:later.txt`)).toBe("untracked");
  expect(sample.git("show", `${kept}:value.txt`)).toBe("later work");
  expect((await run(["cat value.txt"]))[0]?.output.text).toBe("candidate\n");
  expect(sample.git("for-each-ref", "refs/tutti/s1/t1/kept").split("\n")).toHaveLength(1);
});

test("a check that changes tracked files is found out, and the next one sees the true tree", async () => {
  const [first, second] = await run(["echo x > value.txt; rm .gitignore", "cat value.txt .gitignore"]);
  expect(first).toMatchObject({ exitCode: 0, changedFiles: [".gitignore", "value.txt"] });
  expect(second).toMatchObject({ output: { text: "candidate\nignored/\n" }, changedFiles: [] });
});

test("what checks leave behind is dropped, but for what the project ignores", async () => {
  await run(["mkdir -p ignored coverage; touch ignored/kept coverage/report; git init --quiet sub"]);
  expect(existsSync(join(workspace, "coverage"))).toBe(false);
  expect(existsSync(join(workspace, "sub"))).toBe(false);
  expect(existsSync(join(workspace, "ignored/kept"))).toBe(true);
  expect(sample.gitIn(workspace, "status", "--porcelain")).toBe("");
});

test("answers are kept for a tree, used when asked for, and never kept of a hanging check", async () => {
  const log = join(sample.folder, "log");
  const count = `echo once >> ${log}; exit 1`;
  await run([count], atBase());
  expect(await run([count], { ...atBase(), keep: true })).toMatchObject([{ exitCode: 1, cached: true }]);
  expect(await run([count], { keep: true })).toMatchObject([{ cached: false }]);
  expect(await run([count])).toMatchObject([{ cached: false }]);
  expect((await readFile(log, "utf8")).split("\n")).toHaveLength(4);
  const hang = { checks: [{ name: "hang", command: "sleep 1000", timeoutSeconds: 1 }], keep: true };
  expect(await run([], hang)).toMatchObject([{ exitCode: null, timedOut: true, cached: false }]);
});

test("an abort ends the check and its tree, and is no evidence", async () => {
  const stop = new AbortController();
  const started = sample.work(request(["sleep 1000"]), { signal: stop.signal });
  stop.abort();
  expect(await started).toMatchObject({ type: "work.failed", kind: "interrupted" });
});

test("another tree than the one that is named is refused", async () => {
  const { tree } = atBase();
  expect(await sample.work(request(["true"], { tree }))).toMatchObject({ kind: "tree-mismatch" });
  expect(await sample.work(request(["true"], { workspace: sample.root }))).toMatchObject({
    kind: "foreign-workspace",
  });
  expect(
    await sample.work(request(["true"], { task: "t9", workspace: join(workspace, "../t9") })),
  ).toMatchObject({
    kind: "no-workspace",
  });
});
