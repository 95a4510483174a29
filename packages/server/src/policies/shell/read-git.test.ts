import { describe, expect, it } from "vitest";
import { readGit } from "./read-git.ts";
import { readShell } from "./read-shell.ts";

const read = (line: string) => {
  const command = readShell(line, { cwd: "/w" }).commands.find(({ program }) => program === "git");
  return command && readGit(command);
};

describe("readGit", () => {
  it("reads no other program", () => {
    const [command] = readShell("ls", { cwd: "/w" }).commands;
    expect(command && readGit(command)).toBeUndefined();
  });

  it.each([
    ["git push", { force: false, deletes: false, branches: [], complete: false }],
    ["git push origin a b:c", { remote: "origin", branches: ["a", "c"], complete: true, force: false }],
    ["git push origin HEAD", { branches: [], complete: false, force: false }],
    ["git push origin +a b", { branches: ["a", "b"], force: true }],
    ["git push origin :a", { branches: ["a"], deletes: true, force: false }],
    ["git push -d origin a", { branches: ["a"], deletes: true }],
    ["git push --delete --no-delete --force o a", { deletes: false, force: true }],
    ["git push --force-with-lease o a", { force: true, leased: true }],
    ["git push --force-with-lease -f o a", { force: true, leased: false }],
    ["git push --force-if-includes o a", { force: false }],
    ["git push --forc o a", { force: true }],
    ["git push --mir o", { mirror: true, force: true, deletes: true, complete: false }],
    ["git push --all o", { all: true, complete: false }],
    ["git push --tags o", { tags: true }],
    ["git push o tag v1", { refspecs: [{ source: "v1", tag: true }], branches: [] }],
    ["git push o v1:refs/tags/v1", { branches: [] }],
    ["git push --prune o", { deletes: true }],
    ["git push -nf o a", { dryRun: true }],
    ["git -c remote.o.push=+a push o", { force: true, branches: ["a"] }],
    ["git -c remote.p.push=+a push o", { force: false }],
    ["git -c remote.o.mirror=true push o", { mirror: true }],
    ["git push --repo=o", { remote: "o" }],
    ["git -p --no-pager -C x push -fu o refs/heads/a", { force: true, branches: ["a"] }],
  ])("reads %s", (line, push) => {
    expect(read(line)).toMatchObject({ push, doubts: [] });
  });

  it("tells when hooks are passed by", () => {
    expect(read("git commit --no-verify -m x")).toMatchObject({ skipsHooks: true, harms: [] });
    expect(read("git commit -nm x")).toMatchObject({ skipsHooks: true });
    expect(read("git push --no-verify")).toMatchObject({ skipsHooks: true });
    expect(read("git push")).toMatchObject({ skipsHooks: false });
  });

  it.each([
    "git push $X",
    'git push o "$X"',
    "git push o a*",
    "git $X",
    "git nobody-knows",
    "git -c $X push",
    "git push ext::sh",
  ])("doubts %s", (line) => {
    expect(read(line)?.doubts).not.toEqual([]);
  });

  it("takes a repository's own verbs for known when it is told", () => {
    const [command] = readShell("git co x", { cwd: "/w" }).commands;
    expect(command && readGit(command)?.doubts).not.toEqual([]);
    expect(command && readGit(command, { knownVerbs: new Set(["co"]) })?.doubts).toEqual([]);
  });
});
