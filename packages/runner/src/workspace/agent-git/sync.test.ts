import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SampleRepository, sampleRepository } from "../sample-repository.ts";
import { follow, syncIn } from "./index.ts";
import { type SampleAgent, sampleAgent } from "./sample-agent.ts";

let sample: SampleRepository;
let agent: SampleAgent;
beforeEach(async () => {
  sample = await sampleRepository(
    { "kept.txt": "kept\n", "edited.txt": "one\n", "lib/deep.txt": "d\n" },
    "a répo",
  );
  agent = await sampleAgent(sample);
});
afterEach(() => sample.remove());

const put = (path: string, text: string) => writeFile(join(agent.worktree, path), text);
const user = (...args: string[]) => sample.gitIn(agent.worktree, ...args);
const asUser = (message: string) => {
  user("add", "--all");
  user("-c", "user.name=Ada", "-c", "user.email=a@b", "commit", "--quiet", "-m", message);
  return user("rev-parse", "HEAD");
};

test("the agent's commits become the user's, files stay, and nothing is left to commit", async () => {
  expect(await agent.syncOut()).toEqual({ type: "same", commit: sample.base });
  await put("edited.txt", "two\n");
  await put("new.txt", "n\n");
  agent.commit("One");
  await rm(join(agent.worktree, "kept.txt"));
  const head = agent.commit("Two");
  await put("open.txt", "not committed\n");
  expect(user("rev-parse", "HEAD")).toBe(sample.base);
  expect(await agent.syncOut()).toEqual({ type: "synced", from: sample.base, to: head });
  expect(user("log", "--format=%s")).toBe("Two\nOne\nStart");
  expect(user("status", "--porcelain")).toBe("?? open.txt");
  expect(user("fsck", "--strict")).toBe("");
  expect(await agent.syncOut()).toEqual({ type: "same", commit: head });
  expect(sample.git("rev-parse", "refs/tutti/s1/t1/agreed")).toBe(head);
});

test("the agent may rewrite what it has committed since the base, and pack its refs", async () => {
  await put("new.txt", "n\n");
  const first = agent.commit("One");
  expect(await agent.syncOut()).toMatchObject({ type: "synced" });
  agent.git("commit", "--quiet", "--amend", "-m", "Better");
  agent.git("pack-refs", "--all");
  const second = agent.git("rev-parse", "HEAD");
  expect(await agent.syncOut()).toEqual({ type: "synced", from: first, to: second });
  agent.git("reset", "--quiet", "--hard", sample.base);
  expect(await agent.syncOut()).toEqual({ type: "synced", from: second, to: sample.base });
});

test("a HEAD that is not on the branch, on the base, is refused, and changes nothing", async () => {
  const moved = (text: string) => ({
    type: "refused",
    reason: "moved-head",
    detail: expect.stringContaining(text),
  });
  await put("new.txt", "n\n");
  const head = agent.commit("One");
  agent.git("checkout", "--quiet", "--detach");
  expect(await agent.syncOut()).toMatchObject(moved("detached"));
  agent.git("checkout", "--quiet", "-b", "elsewhere");
  expect(await agent.syncOut()).toMatchObject(moved("elsewhere"));
  agent.git("checkout", "--quiet", "tutti/s1/t1");
  agent.git("reset", "--quiet", "--soft", agent.git("commit-tree", "HEAD^{tree}", "-m", "orphan"));
  expect(await agent.syncOut()).toMatchObject(moved("not built on"));
  agent.git("reset", "--quiet", "--hard", head);
  await writeFile(join(agent.agentGit.gitDir, "MERGE_HEAD"), `${head}\n`);
  expect(await agent.syncOut()).toMatchObject(moved("MERGE_HEAD"));
  await rm(join(agent.agentGit.gitDir, "MERGE_HEAD"));
  agent.git("checkout", "--quiet", "elsewhere");
  agent.git("update-ref", "-d", "refs/heads/tutti/s1/t1");
  agent.git("symbolic-ref", "HEAD", "refs/heads/tutti/s1/t1");
  expect(await agent.syncOut()).toMatchObject(moved("no commit"));
  expect(user("rev-parse", "HEAD")).toBe(sample.base);
  expect(sample.git("count-objects", "-v")).toContain("packs: 0");
});

test("commits of the user's reach the agent", async () => {
  await put("mine.txt", "m\n");
  const head = asUser("Mine");
  expect(await agent.syncOut()).toEqual({ type: "user-ahead", agent: sample.base, user: head });
  expect(await syncIn(agent.agentGit, agent)).toEqual({ type: "synced", from: sample.base, to: head });
  expect(agent.git("log", "-1", "--format=%s")).toBe("Mine");
  expect(agent.git("status", "--porcelain")).toBe("");
  expect(await syncIn(agent.agentGit, agent)).toEqual({ type: "same", commit: head });
  expect(await agent.syncOut()).toEqual({ type: "same", commit: head });
});

test("where both committed, it is said, unless one is built on the other", async () => {
  await put("theirs.txt", "t\n");
  const theirs = agent.commit("Theirs");
  await put("mine.txt", "m\n");
  const mine = asUser("Mine");
  const both = { type: "both-moved", agent: theirs, user: mine };
  expect(await agent.syncOut()).toEqual(both);
  expect(await syncIn(agent.agentGit, agent)).toEqual(both);
  expect(user("rev-parse", "HEAD")).toBe(mine);
  const merged = agent.git("commit-tree", `${mine}^{tree}`, "-p", theirs, "-p", mine, "-m", "Merge");
  agent.git("reset", "--quiet", "--soft", merged);
  expect(await syncIn(agent.agentGit, agent)).toMatchObject({ type: "both-moved" });
  expect(await agent.syncOut()).toEqual({ type: "synced", from: mine, to: merged });
});

test("an interrupted sync is finished by the next one", async () => {
  await put("new.txt", "n\n");
  const head = agent.commit("One");
  await agent.syncOut();
  for (const [agreed, record] of [
    [sample.base, []],
    [head, ["unsettled"]],
  ] as const) {
    sample.git("update-ref", "refs/tutti/s1/t1/agreed", agreed);
    for (const name of record) await writeFile(join(agent.workspace.layout.agentGit, name), head);
    user("read-tree", sample.base);
    expect(await syncIn(agent.agentGit, agent)).toMatchObject({ type: "agent-ahead" });
    expect(await agent.syncOut()).toEqual({ type: "synced", from: agreed, to: head });
    expect(user("status", "--porcelain")).toBe("");
    expect(await agent.syncOut()).toEqual({ type: "same", commit: head });
  }
});

test("the agent's view follows a worktree that Tutti has moved, whatever the agent was doing", async () => {
  await put("new.txt", "n\n");
  const head = agent.commit("One");
  await agent.syncOut();
  agent.git("checkout", "--quiet", "-b", "elsewhere");
  await put("edited.txt", "theirs\n");
  agent.commit("Elsewhere");
  await writeFile(join(agent.agentGit.gitDir, "index.lock"), "");
  await writeFile(join(agent.agentGit.gitDir, "MERGE_HEAD"), `${head}\n`);
  await sample.write("late.txt", "l\n");
  const late = sample.commit("Late");
  user("reset", "--quiet", "--hard", late);
  expect(await follow(agent.agentGit, agent)).toEqual({ type: "followed", commit: late });
  expect(agent.git("status", "--porcelain", "--branch")).toBe("## tutti/s1/t1");
  expect(agent.git("rev-parse", "HEAD", "main")).toBe(`${late}\n${late}`);
  expect(await agent.syncOut({ base: late })).toEqual({ type: "same", commit: late });
});

test("in whatever order both commit and sync, no commit of the user's is lost, and files are never touched", async () => {
  const step = fc.constantFrom("agent commits", "user commits", "sync out", "sync in");
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 8 }), async (steps) => {
      round += 1;
      const task = await sampleAgent(sample, { task: `r${round}` });
      const userGit = (...args: string[]) => sample.gitIn(task.worktree, ...args);
      const heads = () => ({ user: userGit("rev-parse", "HEAD"), agent: task.git("rev-parse", "HEAD") });
      const written = new Map<string, string>();
      for (const [index, action] of steps.entries()) {
        const before = heads();
        const file = `file-${index}`;
        if (action === "agent commits" || action === "user commits") {
          written.set(file, action);
          await writeFile(join(task.worktree, file), action);
          const git = action === "agent commits" ? task.git : userGit;
          git("add", file);
          git("-c", "user.name=a", "-c", "user.email=b", "commit", "--quiet", "-m", action);
          continue;
        }
        const answer = await (action === "sync out" ? task.syncOut() : syncIn(task.agentGit, task));
        const after = heads();
        if (answer.type === "synced") {
          expect(after.user).toBe(after.agent);
          expect(userGit("merge-base", before.user, after.user)).toBe(before.user);
          expect(userGit("status", "--porcelain", "--untracked-files=no")).toBe("");
          expect(task.git("status", "--porcelain", "--untracked-files=no")).toBe("");
        } else {
          expect(after).toEqual(before);
          if (before.user === before.agent) expect(answer.type).toBe("same");
        }
        const diverged = after.user !== after.agent && answer.type === "both-moved";
        if (diverged) expect(answer).toMatchObject({ agent: before.agent, user: before.user });
      }
      for (const [file, text] of written)
        expect(await readFile(join(task.worktree, file), "utf8")).toBe(text);
    }),
    { numRuns: 10 },
  );
});
