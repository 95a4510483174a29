import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { appendFile, chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SampleRepository, sampleRepository } from "../sample-repository.ts";
import { knownNested, noteNested, quarantineNested } from "./index.ts";
import { type SampleAgent, sampleAgent } from "./sample-agent.ts";

let sample: SampleRepository;
let agent: SampleAgent;
beforeEach(async () => {
  sample = await sampleRepository({
    "sub/file.txt": "f\n",
    "fixture.git/HEAD": "ref: refs/heads/main\n",
    "fixture.git/refs/x": "",
    "fixture.git/objects/x": "",
    "fixture.git/config": "[core]\n",
  });
  agent = await sampleAgent(sample);
});
afterEach(() => sample.remove());

const at = (...parts: string[]) => join(agent.worktree, ...parts);
const put = async (path: string, text: string) => {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), text);
};
const note = () => noteNested(agent.workspace, sample.stateFolder);
async function quarantine() {
  const known = (await knownNested(agent.workspace)) ?? new Map();
  const { quarantined, stuck } = await quarantineNested(agent.workspace, sample.stateFolder, known);
  expect(stuck).toEqual([]);
  return quarantined.map(({ kind, path }) => `${kind} ${path}`).sort();
}

test("what was there before stays as long as it would start the same", async () => {
  execFileSync("git", ["init", "--quiet", at("vendor/dep")]);
  await note();
  expect(await quarantine()).toEqual([]);
  execFileSync("git", [
    "-C",
    at("vendor/dep"),
    "-c",
    "user.name=a",
    "-c",
    "user.email=b",
    "commit",
    "--quiet",
    "--allow-empty",
    "-m",
    "x",
  ]);
  expect(await quarantine()).toEqual([]);
  await appendFile(at("vendor/dep/.git/config"), "[core]\n\tfsmonitor = evil\n");
  await put("fixture.git/hooks/post-checkout", "evil");
  expect(await quarantine()).toEqual(["bare-repository fixture.git", "git-entry vendor/dep/.git"]);
  expect(await quarantine()).toEqual([]);
});

test("a hook that a known repository gains, or a config that includes another file, is not vouched for", async () => {
  execFileSync("git", ["init", "--quiet", at("one")]);
  execFileSync("git", ["init", "--quiet", at("two")]);
  await appendFile(at("two/.git/config"), "[include]\n\tpath = ../../other\n");
  await note();
  await put("one/.git/hooks/pre-commit", "evil");
  expect(await quarantine()).toEqual(["git-entry one/.git", "git-entry two/.git"]);
});

test("a submodule that set-up brought stays, and not when its link is turned", async () => {
  await put("sub/.git", `gitdir: ${sample.root}/.git/modules/sub\n`);
  await put("own/.git", "gitdir: ../place\n");
  await note();
  expect(await quarantine()).toEqual(["git-entry own/.git"]);
  await writeFile(at("sub/.git"), `gitdir: ${sample.root}/.git/modules/other\n`);
  expect(await quarantine()).toEqual(["git-entry sub/.git"]);
});

test("every shape that git takes for a repository is found and moved, nothing is followed", async () => {
  await note();
  execFileSync("git", ["init", "--quiet", at("a/deep/er")]);
  execFileSync("git", ["init", "--quiet", "--bare", at("bare")]);
  await put("common/HEAD", "ref: refs/heads/x\n");
  await put("common/commondir", "../elsewhere");
  await put("common/work.txt", "work\n");
  await put("file/.git", "gitdir: ../bare\n");
  await put("shouted/.GIT", "gitdir: ../bare\n");
  await mkdir(at("linked"));
  await symlink(at("bare"), at("linked/.git"));
  await symlink(agent.agentGit.gitDir, at("out"));
  await symlink(join(sample.stateFolder, "later"), at("dangling"));
  await symlink(sample.root, at("users-own"));
  await symlink("bare", at("inner"));
  await mkdir(at("closed"));
  execFileSync("git", ["init", "--quiet", at("closed/x")]);
  await chmod(at("closed"), 0o000);
  execFileSync("git", ["init", "--quiet", at("locked/x")]);
  for (const folder of ["locked/x/.git", "locked/x", "locked"]) await chmod(at(folder), 0o555);
  const strange = Buffer.concat([Buffer.from(at("na")), Buffer.from([0xff, 0xfe])]);
  await mkdir(strange);
  await mkdir(Buffer.concat([strange, Buffer.from("/.git")]));
  const before = readFileSync(join(agent.agentGit.gitDir, "HEAD"), "utf8");
  expect(await quarantine()).toEqual([
    "bare-repository bare",
    "bare-repository common",
    "git-entry a/deep/er/.git",
    "git-entry closed/x/.git",
    "git-entry file/.git",
    "git-entry linked/.git",
    "git-entry locked/x/.git",
    "git-entry na\ufffd\ufffd/.git",
    "git-entry shouted/.GIT",
    "link-out dangling",
    "link-out out",
  ]);
  expect(await quarantine()).toEqual([]);
  expect(readFileSync(at("common/work.txt"), "utf8")).toBe("work\n");
  expect(readFileSync(join(agent.agentGit.gitDir, "HEAD"), "utf8")).toBe(before);
  expect(existsSync(join(sample.root, ".git/HEAD"))).toBe(true);
  expect(sample.gitIn(at("a/deep/er"), "rev-parse", "--show-toplevel")).toBe(agent.worktree);
});

test("what lies in quarantine is no repository either", async () => {
  await note();
  execFileSync("git", ["init", "--quiet", at("sub")]);
  execFileSync("git", ["init", "--quiet", "--bare", at("bare")]);
  const { quarantined } = await quarantineNested(agent.workspace, sample.stateFolder, new Map());
  for (const { to } of quarantined) {
    for (const folder of [to, dirname(to)])
      expect(() => sample.gitIn(folder, "rev-parse", "--git-dir")).toThrow();
  }
  expect(quarantined.length).toBeGreaterThan(2);
});

test("a folder that a person cannot enter by its whole path is moved too", async () => {
  await note();
  await rm(at("sub"), { recursive: true });
  const name = "d".repeat(200);
  execFileSync(
    "/bin/sh",
    [
      "-c",
      `i=0; while [ $i -lt 25 ]; do mkdir ${name} && cd -P ${name} || exit 1; i=$((i+1)); done; git init -q 2>/dev/null; mkdir -p .git`,
    ],
    { cwd: agent.worktree },
  );
  expect(await quarantine()).not.toEqual([]);
  expect(await quarantine()).toEqual([]);
});
