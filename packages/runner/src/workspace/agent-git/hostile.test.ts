import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { chmod, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SampleRepository, sampleRepository } from "../sample-repository.ts";
import { follow, type Inside, syncIn, syncOut } from "./index.ts";
import { INSIDE, type SampleAgent, sampleAgent } from "./sample-agent.ts";

let sample: SampleRepository;
let agent: SampleAgent;
let gitDir: string;
beforeEach(async () => {
  sample = await sampleRepository({ "a.txt": "a\n", "lib/b.txt": "b\n" });
  agent = await sampleAgent(sample);
  gitDir = agent.agentGit.gitDir;
});
afterEach(() => sample.remove());

const put = async (path: string, text: string) => {
  await mkdir(dirname(join(agent.worktree, path)), { recursive: true });
  await writeFile(join(agent.worktree, path), text);
};
const user = (...args: string[]) => sample.gitIn(agent.worktree, ...args);
/** What the user's repository holds: refs, and every object. */
const holdings = () =>
  `${sample.git("for-each-ref")}\n${sample.git("cat-file", "--batch-all-objects", "--batch-check")}\n${user("rev-parse", "HEAD")}`;

/** A command that notes where it ran: "yes" inside, an empty line outside. */
async function payload(): Promise<{ command: string; outside(): string[]; inside(): string[] }> {
  const log = join(sample.folder, "fired");
  const command = join(sample.folder, "payload");
  await writeFile(command, `#!/bin/sh\necho "$0 $* <$${INSIDE}>" >> '${log}'\nexit 1\n`);
  await chmod(command, 0o755);
  const lines = () => (existsSync(log) ? readFileSync(log, "utf8").split("\n").slice(0, -1) : []);
  return {
    command,
    outside: () => lines().filter((line) => !line.endsWith("<yes>")),
    inside: () => lines().filter((line) => line.endsWith("<yes>")),
  };
}

test("nothing that the agent's git folder names is started outside", async () => {
  const evil = await payload();
  await put(".gitattributes", "* filter=evil diff=evil merge=evil\n");
  await put("new.txt", "n\n");
  const first = agent.commit("One");
  const bad = evil.command;
  const settings = {
    "uploadpack.packObjectsHook": bad,
    "core.fsmonitor": bad,
    "core.hooksPath": `${gitDir}/evil-hooks`,
    "core.sshCommand": bad,
    "core.pager": bad,
    "core.editor": bad,
    "core.askPass": bad,
    "core.alternateRefsCommand": bad,
    "core.gitProxy": bad,
    "alias.reset": `!${bad}`,
    "alias.pack-objects": `!${bad}`,
    "diff.external": bad,
    "diff.evil.textconv": bad,
    "diff.evil.command": bad,
    "merge.evil.driver": bad,
    "filter.evil.clean": bad,
    "filter.evil.smudge": bad,
    "filter.evil.process": bad,
    "gpg.program": bad,
    "commit.gpgSign": "true",
    "credential.helper": `!${bad}`,
    "pager.log": bad,
    "gc.auto": "1",
    "extensions.partialClone": "evil",
    "remote.evil.url": `ext::${bad}`,
    "remote.evil.promisor": "true",
    "protocol.ext.allow": "always",
    "include.path": `${gitDir}/more`,
  };
  const file = join(gitDir, "config");
  const set = (into: string, key: string, value: string) =>
    execFileSync("git", ["config", "--file", into, key, value]);
  for (const [key, value] of Object.entries(settings)) set(file, key, value);
  set(join(gitDir, "more"), "core.fsmonitor", bad);
  set(join(gitDir, "config.worktree"), "core.fsmonitor", bad);
  set(file, "core.repositoryformatversion", "1");
  set(file, "extensions.worktreeConfig", "true");
  for (const folder of ["hooks", "evil-hooks"]) {
    await mkdir(join(gitDir, folder), { recursive: true });
    for (const hook of ["post-index-change", "reference-transaction", "pre-auto-gc", "post-checkout"]) {
      await writeFile(join(gitDir, folder, hook), `#!/bin/sh\n${bad} ${hook}\n`);
      await chmod(join(gitDir, folder, hook), 0o755);
    }
  }
  await writeFile(join(gitDir, "commondir"), ".\n");

  expect(await agent.syncOut()).toEqual({ type: "synced", from: sample.base, to: first });
  await follow(agent.agentGit, agent);
  await put("mine.txt", "m\n");
  user("add", "mine.txt");
  user("-c", "user.name=a", "-c", "user.email=b", "commit", "--quiet", "-m", "Mine");
  await syncIn(agent.agentGit, agent);
  await agent.reopen();
  const request = { task: "t1", workspace: agent.worktree, repository: sample.root, base: sample.base };
  const more = { message: "m", sources: [], previous: null };
  expect(await sample.work({ type: "candidate.take", ...request, ...more })).toMatchObject({
    type: "candidate.taken",
  });
  user("status");
  user("log", "-p");
  user("diff", "HEAD~1");
  user("checkout", "--quiet", "--detach");
  expect(evil.outside()).toEqual([]);

  // The payload is alive: the agent's own git does start it.
  expect(() => agent.git("commit", "--quiet", "--allow-empty", "-m", "x")).toThrow();
  expect(evil.inside()).not.toEqual([]);
  expect(evil.outside()).toEqual([]);
});

test("what is not a plain file of git's in the agent's git folder is refused, and nobody waits for it", async () => {
  const secret = join(sample.folder, "secret");
  await writeFile(secret, `${sample.base}\n`);
  await put("new.txt", "n\n");
  agent.commit("One");
  const before = holdings();
  const refusedWith = async (path: string, replace: (full: string) => unknown) => {
    const full = join(gitDir, path);
    if (existsSync(full)) renameSync(full, `${gitDir}-aside`);
    await replace(full);
    const { type, detail } = (await agent.syncOut()) as { type: string; detail: string };
    await rm(full, { recursive: true, force: true });
    if (existsSync(`${gitDir}-aside`)) renameSync(`${gitDir}-aside`, full);
    return `${type}: ${detail}`;
  };
  const branch = "refs/heads/tutti/s1/t1";
  const unreadable = /^refused: the agent's git folder cannot be read/;
  for (const path of ["HEAD", branch]) {
    expect(await refusedWith(path, (full) => symlink(secret, full))).toMatch(unreadable);
    expect(await refusedWith(path, (full) => execFileSync("/bin/sh", ["-c", 'mkfifo "$0"', full]))).toMatch(
      unreadable,
    );
    expect(await refusedWith(path, (full) => mkdir(full))).toMatch(unreadable);
    expect(await refusedWith(path, (full) => writeFile(full, "x".repeat(5_000)))).toMatch(unreadable);
    expect(await refusedWith(path, (full) => symlink("/dev/zero", full))).toMatch(unreadable);
  }
  expect(await refusedWith("refs/heads/tutti", (full) => symlink(sample.folder, full))).toMatch(unreadable);
  expect(await refusedWith(branch, (full) => writeFile(full, "ref: refs/heads/main\n"))).toMatch(
    /does not point/,
  );
  expect(await refusedWith(branch, (full) => writeFile(full, `--all\n^${sample.base}\n`))).toMatch(
    /does not point/,
  );
  expect(await refusedWith(branch, (full) => writeFile(full, `${"0".repeat(40)}\n`))).toMatch(/^refused/);
  expect(
    await refusedWith(branch, (full) => writeFile(full, `${sample.git("rev-parse", "HEAD^{tree}")}\n`)),
  ).toMatch(/^refused/);
  expect(holdings()).toBe(before);
  expect(await agent.syncOut()).toMatchObject({ type: "synced" });
});

test("any bytes in HEAD and in the branch are an answer", async () => {
  const head = readFileSync(join(gitDir, "HEAD"));
  const before = holdings();
  const refLike = fc.oneof(
    fc.string({ maxLength: 80 }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
    fc.string().map((name) => `ref: refs/heads/${name}`),
    fc.stringMatching(/^[0-9a-f]{38,42}\n?$/),
  );
  mkdirSync(join(gitDir, "refs/heads/tutti/s1"), { recursive: true });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("HEAD", "refs/heads/tutti/s1/t1"), refLike, async (path, text) => {
      writeFileSync(join(gitDir, path), text, "latin1");
      const answer = await agent.syncOut();
      writeFileSync(join(gitDir, "HEAD"), head);
      await rm(join(gitDir, "refs/heads/tutti/s1/t1"), { force: true });
      expect(["refused", "same"]).toContain(answer.type);
    }),
    { numRuns: 60 },
  );
  expect(holdings()).toBe(before);
});

test("a link to another repository is refused, wherever in the history and however hidden", async () => {
  const link = (path: string) =>
    agent.git("update-index", "--add", "--cacheinfo", `160000,${sample.base},${path}`);
  const before = holdings();
  const nested = (...paths: string[]) => ({ type: "refused", reason: "nested-repository", paths });
  link("sub");
  agent.git("commit", "--quiet", "-m", "Link");
  expect(await agent.syncOut()).toMatchObject(nested("sub"));
  agent.git("rm", "--quiet", "--cached", "sub");
  agent.git("commit", "--quiet", "-m", "Unlink");
  expect(await agent.syncOut()).toMatchObject(nested("sub"));

  agent.git("reset", "--quiet", "--hard", sample.base);
  await put(".gitmodules", '[submodule "lib/x"]\n\tpath = lib/x\n\turl = ./x\n\tignore = all\n');
  agent.git("add", ".gitmodules");
  link("lib/x");
  agent.git("commit", "--quiet", "-m", "Hidden");
  expect(await agent.syncOut()).toMatchObject(nested("lib/x"));

  agent.git("reset", "--quiet", "--hard", sample.base);
  agent.git("checkout", "--quiet", "--orphan", "side");
  link("way/down");
  agent.git("commit", "--quiet", "-m", "Root");
  const side = agent.git("rev-parse", "HEAD");
  agent.git("checkout", "--quiet", "--force", "tutti/s1/t1");
  agent.git(
    "reset",
    "--quiet",
    "--hard",
    agent.git("commit-tree", `${sample.base}^{tree}`, "-p", sample.base, "-p", side, "-m", "Merge"),
  );
  expect(await agent.syncOut()).toMatchObject(nested("way/down"));
  expect(holdings()).toBe(before);
});

test("objects that git holds for dangerous or broken are refused, and none of them stays", async () => {
  const before = holdings();
  const tryTree = async (...entries: string[]) => {
    const tree = execFileSync("git", [`--git-dir=${gitDir}`, "mktree", "--missing"], {
      input: `${entries.join("\n")}\n`,
      encoding: "utf8",
    }).trim();
    agent.git("update-ref", "HEAD", agent.git("commit-tree", tree, "-p", sample.base, "-m", "x"));
    const answer = await agent.syncOut();
    agent.git("update-ref", "HEAD", sample.base);
    return answer;
  };
  const blob = (text: string) =>
    execFileSync("git", [`--git-dir=${gitDir}`, "hash-object", "-w", "--stdin"], {
      input: text,
      encoding: "utf8",
    }).trim();
  const bad = { type: "refused", reason: "bad-objects" };
  const plain = blob("x");
  for (const name of [".git", ".GIT", "git~1", ".git\u200c", ".."]) {
    expect(await tryTree(`100644 blob ${plain}\t${name}`), name).toMatchObject(bad);
  }
  for (const text of [
    '[submodule "a"]\n\tpath = a\n\turl = -u./payload\n',
    '[submodule "../../x"]\n\tpath = a\n\turl = ./x\n',
    '[submodule "a"]\n\tpath = -a\n\turl = ./x\n',
    '[submodule "a"]\n\tpath = a\n\turl = ./x\n\tupdate = !payload\n',
  ]) {
    expect(await tryTree(`100644 blob ${blob(text)}\t.gitmodules`), text).toMatchObject(bad);
  }
  expect(await tryTree(`120000 blob ${blob("elsewhere")}\t.gitmodules`)).toMatchObject(bad);
  expect(await tryTree(`100644 blob ${"1".repeat(40)}\tmissing`)).toMatchObject(bad);
  expect(holdings()).toBe(before);
  expect(await tryTree(`100644 blob ${plain}\tfine`)).toMatchObject({ type: "synced" });
});

test("too much at once is refused", async () => {
  const before = holdings();
  const noise = execFileSync("head", ["-c", "300000", "/dev/urandom"]).toString("base64");
  await put("noise.txt", noise);
  const head = agent.commit("Noise");
  expect(await agent.syncOut({ maxPackBytes: 100_000 })).toMatchObject({
    type: "refused",
    reason: "too-large",
  });
  expect(holdings()).toBe(before);
  expect(await agent.syncOut()).toEqual({ type: "synced", from: sample.base, to: head });
});

test("where the agent borrows objects from, or what it says of its history, is no matter to the user's repository", async () => {
  const other = join(sample.folder, "other");
  execFileSync("git", ["clone", "--quiet", sample.root, other]);
  await writeFile(join(other, "elsewhere.txt"), "e\n");
  sample.gitIn(other, "add", ".");
  sample.gitIn(other, "-c", "user.name=a", "-c", "user.email=b", "commit", "--quiet", "-m", "Elsewhere");
  const head = sample.gitIn(other, "rev-parse", "HEAD");
  appendFileSync(join(gitDir, "objects/info/alternates"), `${other}/.git/objects\n`);
  agent.git("update-ref", "HEAD", head);
  expect(await agent.syncOut()).toMatchObject({ type: "synced", to: head });
  await rename(other, `${other}-gone`);
  expect(sample.git("fsck", "--strict")).not.toMatch(/missing|broken|error/);
  expect(user("show", "HEAD:elsewhere.txt")).toBe("e");

  writeFileSync(join(gitDir, "objects/info/alternates"), "");
  expect(await agent.syncOut()).toMatchObject({ type: "same" });
  await put("c.txt", "c\n");
  const before = holdings();
  writeFileSync(join(gitDir, "objects/info/alternates"), `${sample.root}/.git/objects\n`);
  const next = agent.commit("Next");
  writeFileSync(join(gitDir, "objects/info/alternates"), "");
  expect(await agent.syncOut()).toMatchObject({ type: "refused", reason: "bad-objects" });
  writeFileSync(join(gitDir, "objects/info/alternates"), `${sample.root}/.git/objects\n`);
  // A history cut short hides what the user's repository would need.
  agent.commit("Last");
  writeFileSync(join(gitDir, "shallow"), `${agent.git("rev-parse", "HEAD")}\n`);
  expect(await agent.syncOut()).toMatchObject({ type: "refused" });
  expect(holdings()).toBe(before);
  await rm(join(gitDir, "shallow"));
  agent.git("replace", next, sample.base);
  expect(await agent.syncOut()).toMatchObject({ type: "synced" });
  expect(sample.git("fsck", "--strict")).not.toMatch(/missing|broken|error/);
});

test("whatever comes out of the confinement in the place of a pack, nothing of it stays, and it has an end", async () => {
  await put("new.txt", "n\n");
  agent.commit("One");
  const before = holdings();
  const packing =
    (script: string): Inside =>
    async () =>
      agent.inside(["/bin/sh", "-c", script]);
  const empty = `printf '\\n' | git --git-dir='${gitDir}' pack-objects --stdout --quiet`;
  for (const script of [
    "cat",
    ":",
    "exit 3",
    "head -c 100000 /dev/urandom",
    `${empty} | head -c 12`,
    empty,
    "cat /dev/zero",
  ]) {
    const answer = await syncOut(agent.agentGit, {
      inside: packing(script),
      base: sample.base,
      maxPackBytes: 1_000_000,
    });
    expect(answer, script).toMatchObject({ type: "refused" });
  }
  const request = { inside: packing("exec sleep 1000"), base: sample.base, limitMs: 300 };
  expect(await syncOut(agent.agentGit, request)).toMatchObject({ type: "refused", reason: "bad-objects" });
  expect(holdings()).toBe(before);
  expect(readdirSync(join(sample.root, ".git/objects")).filter((name) => name.startsWith("tmp_"))).toEqual(
    [],
  );
});
