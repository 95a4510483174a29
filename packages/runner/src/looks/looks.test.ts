import { execFileSync } from "node:child_process";
import { mkdir, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Look, type LookAnswer, lookAnswerSchema } from "@tutti/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { harnesses } from "../harnesses/index.ts";
import { type SampleRepository, sampleRepository } from "../workspace/sample-repository.ts";
import { rankOf } from "./files-find.ts";
import { openLooks } from "./index.ts";

let sample: SampleRepository;
let look: (asked: Look) => Promise<LookAnswer>;

beforeAll(async () => {
  sample = await sampleRepository({
    "greeting.txt": "hello\n",
    "src/parser.ts": Array.from({ length: 40 }, (_, line) => `line ${line}\n`).join(""),
    "src/deep/old name.ts": Array.from({ length: 40 }, (_, line) => `deep ${line}\n`).join(""),
    "link-to-be": "a file\n",
    ".gitignore": "ignored/\n",
  });
  const looks = openLooks({
    harnesses,
    environment: { PATH: process.env.PATH, HOME: sample.folder, TUTTI_FAKE_HARNESS: "1" },
    folders: [],
    stateFolder: sample.stateFolder,
    here: async () => ({ holds: false, why: "nothing is confined in this test" }),
    now: () => performance.now(),
  });
  // Whatever is answered can be sent.
  look = async (asked) => lookAnswerSchema.parse(await looks(asked));
});
afterAll(() => sample.remove());

const failing = (message: RegExp) => ({ type: "look.failed", message: expect.stringMatching(message) });

test("a folder shows its entries, folders first, and git's own not", async () => {
  await symlink("greeting.txt", join(sample.root, "a-link"));
  execFileSync("mkfifo", [join(sample.root, "a-pipe")]);
  expect(await look({ type: "folder.list", root: sample.root, path: "" })).toEqual({
    type: "folder.list",
    entries: [
      { name: "src", kind: "folder", size: null },
      { name: ".gitignore", kind: "file", size: 9 },
      { name: "a-link", kind: "link", size: null },
      { name: "a-pipe", kind: "other", size: null },
      { name: "greeting.txt", kind: "file", size: 6 },
      { name: "link-to-be", kind: "file", size: 7 },
    ],
    cut: 0,
  });
  const read = (path: string) => look({ type: "file.read", root: sample.root, path });
  expect(await read("a-link")).toMatchObject({ text: { text: "hello\n", cut: 0 }, size: 6 });
  expect(await read("a-pipe")).toEqual(failing(/no file/));
  expect(await read("src")).toEqual(failing(/no file/));
  await rm(join(sample.root, "a-pipe"));
  await rm(join(sample.root, "a-link"));
});

test("a link that leads out of the root is not followed, and what is not there is said not to be", async () => {
  const outside = join(sample.folder, "outside");
  await mkdir(outside);
  await writeFile(join(outside, "secret"), "secret\n");
  await symlink(outside, join(sample.root, "src", "out"));
  expect(await look({ type: "file.read", root: sample.root, path: "src/out/secret" })).toEqual(
    failing(/leads out of/),
  );
  expect(await look({ type: "folder.list", root: sample.root, path: "src/out" })).toEqual(
    failing(/leads out of/),
  );
  await rm(join(sample.root, "src", "out"));
  expect(await look({ type: "file.read", root: sample.root, path: "nowhere" })).toEqual(failing(/not there/));
  expect(await look({ type: "folder.list", root: sample.root, path: "greeting.txt" })).toEqual(
    failing(/no folder/),
  );
});

test("of a long file its head and tail are shown, of one that is not text nothing", async () => {
  const long = join(sample.folder, "long");
  await writeFile(long, `begin\n${"x".repeat(3 * 1024 * 1024)}\nend\n`);
  const read = async (path: string) => {
    const answer = await look({ type: "file.read", root: sample.folder, path });
    if (answer.type !== "file.read") throw new Error(JSON.stringify(answer));
    return answer;
  };
  const { text, size } = await read("long");
  expect(size).toBe(3 * 1024 * 1024 + 11);
  expect(text?.text).toMatch(/^begin\n[\s\S]*bytes cut[\s\S]*end\n$/);
  expect(text?.cut).toBe(size - 1024 * 1024);
  await truncate(long, 5 * 1024 * 1024 * 1024);
  expect(await read("long")).toEqual({ type: "file.read", text: null, size: 5 * 1024 * 1024 * 1024 });
  await rm(long);
});

test("files are found by their characters in order, ignored ones not", async () => {
  await mkdir(join(sample.root, "ignored"));
  await writeFile(join(sample.root, "ignored", "parser.ts"), "");
  await writeFile(join(sample.root, "untracked-parser.ts"), "");
  const found = await look({ type: "files.find", root: sample.root, query: "prsr", limit: 10 });
  expect(found).toEqual({ type: "files.find", paths: ["src/parser.ts", "untracked-parser.ts"] });
  expect(await look({ type: "files.find", root: sample.folder, query: "", limit: 10 })).toEqual(
    failing(/not a git repository/),
  );
  await rm(join(sample.root, "untracked-parser.ts"));
});

test("a name counts more than a folder, and what stands together more than what is scattered", () => {
  const ranks = ["look.ts", "outlook.ts", "lo-ok.ts", "look/x.ts", "l/o/o/k.ts"].map((path) =>
    rankOf(path, "look"),
  );
  expect(ranks).toEqual([...ranks].sort((a = 0, b = 0) => a - b));
  expect(rankOf("x.ts", "look")).toBeUndefined();
});

test("a diff is listed with its renames and read file by file", async () => {
  sample.git("mv", "src/deep/old name.ts", "src/new\tname.ts");
  const deep = Array.from({ length: 40 }, (_, line) => `deep ${line}\n`).join("");
  await sample.write("src/new\tname.ts", `${deep}diff --git is only text here\n`);
  await sample.write("greeting.txt", "hello\nworld\n");
  await sample.write("binary", "\0\0");
  await rm(join(sample.root, "link-to-be"));
  await symlink("greeting.txt", join(sample.root, "link-to-be"));
  const commit = sample.commit("Change");
  const at = { repository: sample.root, base: sample.base, commit };
  const list = await look({ type: "diff.list", ...at });
  expect(list).toEqual({
    type: "diff.list",
    files: [
      { path: "binary", status: "A", from: null, additions: null, deletions: null },
      { path: "greeting.txt", status: "M", from: null, additions: 1, deletions: 0 },
      { path: "link-to-be", status: "T", from: null, additions: 1, deletions: 1 },
      { path: "src/new\tname.ts", status: "R", from: "src/deep/old name.ts", additions: 1, deletions: 0 },
    ],
  });
  const paths = ["src/new\tname.ts", "src/parser.ts", "link-to-be", "greeting.txt"];
  const read = await look({ type: "diff.read", ...at, paths, context: 1 });
  if (read.type !== "diff.read") throw new Error(JSON.stringify(read));
  expect(read.patches.map(({ path }) => path)).toEqual(paths);
  const [renamed, untouched, link, greeting] = read.patches.map(({ patch }) => patch.text);
  expect(renamed).toMatch(
    /rename from src\/deep\/old name.ts[\s\S]*\n deep 39\n\+diff --git is only text here\n$/,
  );
  expect(untouched).toBe("");
  expect(link).toMatch(/deleted file mode 100644[\s\S]*new file mode 120000/);
  expect(greeting).toMatch(/@@ -1 \+1,2 @@\n hello\n\+world\n$/);
  expect(await look({ type: "diff.list", ...at, commit: "0".repeat(40) })).toEqual(failing(/bad object/));
});

test("a long patch is cut in the middle, and many long ones fit an answer", async () => {
  const files = Array.from({ length: 20 }, (_, index) => `long/${index}`);
  for (const path of files) await sample.write(path, `${"x".repeat(99)}\n`.repeat(10_000));
  const base = sample.git("rev-parse", "HEAD");
  const at = { repository: sample.root, base, commit: sample.commit("Long files") };
  const read = await look({ type: "diff.read", ...at, paths: files, context: 3 });
  if (read.type !== "diff.read") throw new Error(JSON.stringify(read));
  const [first] = read.patches;
  expect(first?.patch.cut).toBeGreaterThan(400_000);
  expect(first?.patch.text.length).toBeGreaterThan(500_000);
  expect(read.patches.at(-1)).toMatchObject({ path: "long/19", patch: { text: "" } });
  expect(read.patches.at(-1)?.patch.cut).toBeGreaterThan(1_000_000);
});

test("a repository tells whether work can begin in it", async () => {
  sample.git("branch", "other");
  const head = sample.git("rev-parse", "HEAD");
  const inspect = (path: string, target?: string) =>
    look({ type: "repository.inspect", path, ...(target !== undefined && { target }) });
  const here = { type: "repository.inspect", root: sample.root, branch: "main" };
  expect(await inspect(join(sample.root, "src"))).toEqual({
    ...{ ...here, head, problem: null },
    branches: expect.arrayContaining(["main", "other"]),
  });
  expect(await inspect(sample.root, "other")).toMatchObject({ ...here, head, problem: null });
  expect(await inspect(sample.root, "none")).toMatchObject({
    ...{ ...here, head: null },
    problem: expect.stringContaining("no branch none"),
  });
  expect(await inspect(sample.folder)).toMatchObject({
    ...{ root: null, branch: null, branches: [], head: null },
    problem: expect.stringContaining("not in a git repository"),
  });
  sample.git("checkout", "--quiet", "--detach");
  expect(await inspect(sample.root)).toMatchObject({
    ...{ root: sample.root, branch: null },
    problem: expect.stringContaining("no branch checked out"),
  });
  sample.git("checkout", "--quiet", "main");
});

test("a machine tells of its programs, its room and Tutti's worktrees", async () => {
  const worktree = await sample.open("a-task");
  await writeFile(join(worktree, "new file"), "");
  const seen = await look({ type: "machine.inspect" });
  if (seen.type !== "machine.inspect") throw new Error(JSON.stringify(seen));
  const told = new Map(seen.harnesses.map((harness) => [harness.id, harness]));
  expect([...told.keys()]).toEqual(harnesses.map(({ descriptor }) => descriptor.id));
  expect(told.get("fake")).toMatchObject({ installation: { version: "1.0.0" }, login: { found: true } });
  expect(seen.confinement).toEqual({ possible: false, why: "nothing is confined in this test" });
  expect(seen.disk.free).toBeGreaterThan(0);
  expect(seen.worktrees).toMatchObject([{ path: worktree, repository: sample.root, uncommitted: 1 }]);
});

test("a roster that nobody can take says what would mend it", async () => {
  const agent = (harness: string) => ({
    ...{ name: "solo", orchestration: "implement-review-merge", description: "" },
    ...{ roles: { implementer: [{ harness }] }, providers: {} },
  });
  expect(await look({ type: "roster.check", agent: agent("nobody") as never })).toEqual({
    type: "roster.check",
    problem: expect.stringContaining("a harness nobody, which is not known"),
  });
  expect(await look({ type: "roster.check", agent: agent("fake") as never })).toEqual({
    type: "roster.check",
    problem: null,
  });
});
