import { existsSync } from "node:fs";
import { chmod, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Candidate, WorkResult } from "@tutti/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SampleRepository, sampleRepository } from "./sample-repository.ts";

let sample: SampleRepository;
let workspace: string;
beforeEach(async () => {
  sample = await sampleRepository({
    "kept.txt": "kept\n",
    "edited.txt": "one\ntwo\n",
    "gone.txt": "gone\n",
    "lib/deep/file.txt": "f\n",
    "package.json": "{}\n",
    ".gitignore": "*.log\nnode_modules/\n",
  });
  workspace = await sample.open("t1");
});
afterEach(() => sample.remove());

function take(
  more: { message?: string; sources?: string[]; previous?: string; base?: string } = {},
): Promise<WorkResult> {
  return sample.work({
    type: "candidate.take",
    task: "t1",
    workspace,
    repository: sample.root,
    base: more.base ?? sample.base,
    message: more.message ?? "Do the task",
    sources: more.sources ?? [],
    previous: more.previous ?? null,
  });
}

async function taken(more: Parameters<typeof take>[0] = {}): Promise<Candidate> {
  const result = await take(more);
  if (result.type !== "candidate.taken") throw new Error(JSON.stringify(result));
  return result.candidate;
}

const put = (path: string, text: string) => writeFile(join(workspace, path), text);
const commitAsAgent = (message: string) => {
  sample.gitIn(workspace, "add", "--all");
  sample.gitIn(workspace, "commit", "--quiet", "-m", message);
};

test("the agent's commits, staged, changed and new files become one commit on the base; ignored ones stay out", async () => {
  await put("edited.txt", "one\n2\n");
  commitAsAgent("first, with a secret thought");
  await rm(join(workspace, "gone.txt"));
  commitAsAgent("second");
  await put("staged.txt", "s\n");
  sample.gitIn(workspace, "add", "staged.txt");
  await put("new ünï.txt", "n\n");
  await put("debug.log", "ignored\n");
  const before = sample.gitIn(workspace, "status", "--porcelain", "--branch");

  const candidate = await taken();
  expect(candidate.files).toEqual([
    { path: "edited.txt", status: "M", additions: 1, deletions: 1 },
    { path: "gone.txt", status: "D", additions: 0, deletions: 1 },
    { path: "new ünï.txt", status: "A", additions: 1, deletions: 0 },
    { path: "staged.txt", status: "A", additions: 1, deletions: 0 },
  ]);
  expect(sample.git("rev-list", `${sample.base}..${candidate.commit}`).split("\n")).toEqual([
    candidate.commit,
  ]);
  expect(sample.git("log", "-1", "--format=%an <%ae>|%cn <%ce>|%B", candidate.commit)).toBe(
    "Ada <ada@example.org>|Tutti <tutti@localhost>|Do the task",
  );
  expect(candidate.diff.text).toContain("+2");
  expect(candidate.diff.cut).toBe(0);
  expect(sample.gitIn(workspace, "status", "--porcelain", "--branch")).toBe(before);
  expect(await taken()).toEqual(candidate);
});

test("the patch id is git's own", async () => {
  await put("edited.txt", "one\n2\n");
  const { commit, patchId } = await taken();
  const expected = sample.git(
    "-c",
    `alias.id=!git diff-tree -p HEAD ${commit} | git patch-id --stable`,
    "id",
  );
  expect(patchId).toBe(expected.split(" ")[0]);
});

test("hooks, signing and a hooks path of the user neither run nor break it", async () => {
  sample.git("config", "commit.gpgSign", "true");
  sample.git("config", "gpg.program", "/bin/false");
  for (const name of [
    "pre-commit",
    "commit-msg",
    "post-commit",
    "post-index-change",
    "reference-transaction",
  ]) {
    await sample.hook(name, `touch "${sample.folder}/hook-ran"; exit 1`);
  }
  sample.git("config", "core.fsmonitor", `touch ${sample.folder}/hook-ran; false`);
  await put("new.txt", "n\n");
  expect((await taken()).files).toHaveLength(1);
  expect(existsSync(join(sample.folder, "hook-ran"))).toBe(false);
});

test("nothing changed is empty, also when commits cancel each other out", async () => {
  expect(await take()).toEqual({ type: "candidate.empty" });
  await put("edited.txt", "x");
  commitAsAgent("there");
  await put("edited.txt", "one\ntwo\n");
  commitAsAgent("and back");
  expect(await take()).toEqual({ type: "candidate.empty" });
});

test("a HEAD that is not where the work was opened is an outcome", async () => {
  const moved = { type: "candidate.refused", reason: "moved-head" };
  await put("new.txt", "n\n");
  sample.gitIn(workspace, "checkout", "--quiet", "--detach");
  expect(await take()).toMatchObject({ ...moved, detail: expect.stringContaining("detached") });
  sample.gitIn(workspace, "checkout", "--quiet", "-b", "elsewhere");
  expect(await take()).toMatchObject({ ...moved, detail: expect.stringContaining("elsewhere") });
  sample.gitIn(workspace, "checkout", "--quiet", "tutti/s1/t1");
  const orphan = sample.gitIn(workspace, "commit-tree", "HEAD^{tree}", "-m", "orphan");
  sample.gitIn(workspace, "reset", "--quiet", "--soft", orphan);
  expect(await take()).toMatchObject({ ...moved, detail: expect.stringContaining("not built on") });
  sample.gitIn(workspace, "reset", "--quiet", "--soft", sample.base);
  expect((await taken()).files).toHaveLength(1);
});

test("a merge in progress is an outcome", async () => {
  await put("edited.txt", "agent\n");
  commitAsAgent("agent");
  await sample.write("edited.txt", "user\n");
  const user = sample.commit("user");
  expect(() => sample.gitIn(workspace, "merge", user)).toThrow();
  expect(await take()).toMatchObject({ reason: "moved-head", detail: expect.stringContaining("MERGE_HEAD") });
});

test("a replaced link to the repository is an outcome", async () => {
  await rename(join(workspace, ".git"), join(workspace, "old.git"));
  sample.gitIn(workspace, "init", "--quiet");
  expect(await take()).toMatchObject({ reason: "moved-head", detail: expect.stringContaining("replaced") });
});

test("repositories inside the worktree are refused by name: without a commit, with one, around tracked files", async () => {
  const nested = (paths: string[]) => ({ type: "candidate.refused", reason: "nested-repository", paths });
  const inner = join(workspace, "inner");
  await mkdir(inner);
  await writeFile(join(inner, "file.txt"), "x");
  sample.gitIn(inner, "init", "--quiet");
  expect(await take()).toMatchObject(nested(["inner"]));
  sample.gitIn(inner, "add", ".");
  sample.gitIn(inner, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "--quiet", "-m", "x");
  expect(await take()).toMatchObject(nested(["inner"]));
  commitAsAgent("inner is a link now");
  expect(await take()).toMatchObject(nested(["inner"]));
  await rm(inner, { recursive: true });
  sample.gitIn(join(workspace, "lib"), "init", "--quiet");
  await put("lib/deep/file.txt", "changed\n");
  expect(await take()).toMatchObject(nested(["lib"]));
});

test("a repository in an ignored folder is nobody's business; a submodule of the base stays as it is", async () => {
  await mkdir(join(workspace, "node_modules", "dependency"), { recursive: true });
  sample.gitIn(join(workspace, "node_modules", "dependency"), "init", "--quiet");
  await put("new.txt", "n\n");
  expect((await taken()).files.map(({ path }) => path)).toEqual(["new.txt"]);

  sample.git("update-index", "--add", "--cacheinfo", `160000,${sample.base},sub`);
  sample.git("commit", "--quiet", "-m", "A submodule");
  const base = sample.git("rev-parse", "HEAD");
  const opened = await sample.work({ type: "workspace.open", task: "t2", repository: sample.root, base });
  if (opened.type !== "workspace.opened") throw new Error(JSON.stringify(opened));
  await writeFile(join(opened.workspace, "new.txt"), "n\n");
  const second = await sample.work({
    type: "candidate.take",
    task: "t2",
    workspace: opened.workspace,
    repository: sample.root,
    base,
    message: "m",
    sources: [],
    previous: null,
  });
  expect(second).toMatchObject({ type: "candidate.taken", candidate: { files: [{ path: "new.txt" }] } });
});

test("changes to what defines checks, and links that lead out, are flagged", async () => {
  await put("package.json", '{"scripts":{"test":"true"}}\n');
  await mkdir(join(workspace, ".tutti"));
  await mkdir(join(workspace, "ci"));
  await put(".tutti/config.yaml", "checks: []\n");
  await put("ci/test.sh", "exit 0\n");
  await put("harmless.txt", "h\n");
  await symlink("../../../etc/passwd", join(workspace, "ci", "outward"));
  await symlink("/etc/passwd", join(workspace, "absolute"));
  await symlink("../kept.txt", join(workspace, "ci", "inward"));
  const { flagged } = await taken({ sources: ["package.json", "ci/test.sh", "absent.json"] });
  expect(flagged).toEqual([".tutti/config.yaml", "absolute", "ci/outward", "ci/test.sh", "package.json"]);
});

test("attributes and replaced objects cannot hide a change from the diff", async () => {
  await put(".gitattributes", "*.txt -diff binary\n");
  await put("edited.txt", "one\nHIDDEN\n");
  const blob = sample.gitIn(workspace, "hash-object", "-w", "edited.txt");
  sample.gitIn(workspace, "replace", blob, sample.git("rev-parse", "HEAD:kept.txt"));
  const { diff, files } = await taken();
  expect(diff.text).toContain("+HIDDEN");
  expect(files).toContainEqual({ path: "edited.txt", status: "M", additions: 1, deletions: 1 });
});

test("a big change keeps head and tail of its diff, binary files and modes are counted", async () => {
  await put("big.txt", `first\n${"x".repeat(79).concat("\n").repeat(20_000)}last\n`);
  await writeFile(join(workspace, "blob.bin"), Buffer.from([0, 1, 2, 0xff]));
  await chmod(join(workspace, "kept.txt"), 0o755);
  const { diff, files } = await taken();
  expect(diff.text.length).toBeLessThan(300_000);
  expect(diff.cut).toBeGreaterThan(1_000_000);
  expect(diff.text).toMatch(/\[\d+ bytes cut\]/);
  expect(files).toContainEqual({ path: "blob.bin", status: "A", additions: null, deletions: null });
  expect(files).toContainEqual({ path: "kept.txt", status: "M", additions: 0, deletions: 0 });
});

test("what changed since the candidate before is told", async () => {
  await put("edited.txt", "first\n");
  const first = await taken();
  expect(first.changedSince).toEqual([]);
  await put("kept.txt", "second\n");
  expect((await taken({ previous: first.commit })).changedSince).toEqual(["kept.txt"]);
});

test("without an identity of the user Tutti is the author", async () => {
  sample.git("config", "--unset", "user.email");
  await put("new.txt", "n\n");
  const { commit } = await taken({ message: "Subject\n\nBody" });
  expect(sample.git("log", "-1", "--format=%an <%ae>|%B", commit)).toBe(
    "Tutti <tutti@localhost>|Subject\n\nBody",
  );
});
