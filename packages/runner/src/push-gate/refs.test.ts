import { join } from "node:path";
import { pushFactsSchema } from "@tutti/core";
import { afterEach, expect, test } from "vitest";
import { type SampleGate, sampleGate, script } from "./sample-gate.ts";
import type { SamplePolicy } from "./sample-log.ts";

let sample: SampleGate;
afterEach(() => sample.remove());

/** Nothing is lost: forced updates and deletions are refused. */
const careful: SamplePolicy = ({ updates }) =>
  updates.some(({ kind }) => kind === "forced" || kind === "delete")
    ? { effect: "deny", reason: "history stays", policies: ["careful"] }
    : { effect: "allow" };

const last = () => {
  const push = sample.log.pushes().at(-1);
  if (!push) throw new Error("there is a push");
  return push;
};
const agent = (...args: string[]) => sample.git(sample.agent, ...args);

test("new branches, tags and notes", async () => {
  sample = await sampleGate({ policy: careful });
  const tip = sample.commit(sample.agent, "b.txt");
  agent("tag", "-a", "v1", "-m", "one");
  agent("notes", "add", "-m", "noted", "HEAD");
  const { code } = await sample.asAgent(
    "push",
    "origin",
    "HEAD:refs/heads/feature/über",
    "v1",
    "refs/notes/commits",
  );
  expect(code).toBe(0);
  expect(last().facts.updates.map(({ ref, kind, tag, added }) => [ref, kind, tag, added.count])).toEqual([
    ["refs/heads/feature/über", "create", false, 1],
    ["refs/tags/v1", "create", true, 1],
    ["refs/notes/commits", "create", false, 1],
  ]);
  expect(sample.held("feature/über")).toBe(tip);
  expect(sample.held("v1^{commit}")).toBe(tip);
  agent("tag", "-f", "v1", "HEAD~1");
  expect((await sample.asAgent("push", "-f", "origin", "v1")).said).toContain("refused: history stays");
  expect(last().facts.updates).toMatchObject([{ kind: "forced", tag: true }]);
  agent("notes", "add", "-f", "-m", "noted again", "HEAD");
  expect((await sample.asAgent("push", "origin", "refs/notes/commits")).code).toBe(0);
});

test.each([
  ["--force", "origin", "main"],
  ["--force-with-lease", "origin", "main"],
  ["origin", "+main"],
  ["--force", "--no-verify", "--receive-pack=/bin/true", "origin", "main"],
  ["--mirror", "origin"],
  ["--delete", "origin", "main"],
  ["origin", ":main"],
])("what would lose history is seen as that: push %s %s %s", async (...args) => {
  sample = await sampleGate({ policy: careful });
  agent("commit", "--quiet", "--amend", "-m", "Rewritten");
  const { code, said } = await sample.asAgent("push", ...args);
  expect(code).not.toBe(0);
  expect(said).toContain("refused: history stays");
  expect(sample.held("main")).toBe(sample.base);
});

test("a rewrite says what vanishes, what comes, and how much of it is the same patch", async () => {
  sample = await sampleGate();
  sample.commit(sample.agent, "b.txt");
  const lost = sample.commit(sample.agent, "c.txt");
  await sample.asAgent("push", "origin", "main");
  agent("reset", "--quiet", "--hard", "HEAD~2");
  sample.commit(sample.agent, "first.txt");
  agent("cherry-pick", `${lost}~1`);
  const rewritten = agent("rev-parse", "HEAD");
  expect((await sample.asAgent("push", "--force", "origin", "main")).code).toBe(0);
  const [update] = last().facts.updates;
  expect(update).toMatchObject({ kind: "forced", removed: { count: 2 }, rewritten: 1, added: { count: 2 } });
  expect(update?.removed.commits.map(({ subject }) => subject)).toEqual(["Write c.txt", "Write b.txt"]);
  expect(sample.held("main")).toBe(rewritten);

  const { rescued = [] } = last().outcome ?? {};
  expect(rescued).toEqual([
    { ref: expect.stringMatching(/^refs\/tutti\/rescue\/origin\/\d{8}T\d{9}Z\/main$/), sha: lost },
  ]);
  expect(sample.git(sample.root, "log", "--format=%s", rescued[0]?.ref ?? "")).toContain("Write c.txt");
  expect(sample.git(sample.root, "fsck", "--connectivity-only")).not.toContain("missing");
});

test("a deletion is rescued first; two branches that hold the same commits are not each other's excuse", async () => {
  sample = await sampleGate();
  const tip = sample.commit(sample.agent, "b.txt");
  await sample.asAgent("push", "origin", "HEAD:one", "HEAD:two", "HEAD:three");
  expect((await sample.asAgent("push", "origin", ":three")).code).toBe(0);
  expect(last().facts.updates).toMatchObject([{ kind: "delete", removed: { count: 0 } }]);
  expect((await sample.asAgent("push", "origin", ":one", ":two")).code).toBe(0);
  expect(last().facts.updates).toMatchObject([
    { kind: "delete", removed: { count: 1 } },
    { kind: "delete", removed: { count: 1 } },
  ]);
  expect(last().outcome?.rescued.map(({ ref, sha }) => [ref.split("/").at(-1), sha])).toEqual([
    ["one", tip],
    ["two", tip],
  ]);
  expect(sample.held("one")).toBe("");
});

test("what cannot be rescued is not lost: the forward does not happen", async () => {
  sample = await sampleGate();
  sample.git(sample.root, "update-ref", "refs/tutti/rescue", "main");
  const tip = sample.commit(sample.agent, "b.txt");
  await sample.asAgent("push", "origin", "HEAD:one");
  const { said } = await sample.asAgent("push", "origin", ":one");
  expect(said).toContain("could not be kept in your repository first");
  expect(sample.held("one")).toBe(tip);
  expect(last().outcome).toMatchObject({ result: "failed", rescued: [] });
});

test("one refused ref does not stop the others, unless the push is atomic", async () => {
  sample = await sampleGate();
  script(
    join(sample.remote, "hooks/update"),
    'case "$1" in refs/heads/no*) echo "not here" >&2; exit 1;; esac',
  );
  const tip = sample.commit(sample.agent, "b.txt");
  const both = await sample.asAgent("push", "origin", "HEAD:refs/heads/no", "HEAD:refs/heads/yes");
  expect(both.code).not.toBe(0);
  expect(both.said).toMatch(/remote: Tutti: not here/);
  expect(both.said).toMatch(/\[remote rejected\] HEAD -> no \(hook declined\)/);
  expect(both.said).toMatch(/\[new branch\] +HEAD -> yes/);
  expect([sample.held("yes"), sample.held("no")]).toEqual([tip, ""]);
  expect(last().outcome).toMatchObject({
    result: "forwarded",
    refs: [
      { ref: "refs/heads/no", ok: false, message: "hook declined" },
      { ref: "refs/heads/yes", ok: true },
    ],
  });

  const atomic = await sample.asAgent(
    "push",
    "--atomic",
    "origin",
    "HEAD:refs/heads/no2",
    "HEAD:refs/heads/yes2",
  );
  expect(atomic.code).not.toBe(0);
  expect(last().facts.atomic).toBe(true);
  expect(last().outcome?.result).toBe("failed");
  expect([sample.held("yes2"), sample.held("no2")]).toEqual(["", ""]);
  const hidden = await sample.asAgent(
    "push",
    "--atomic",
    "origin",
    "HEAD:refs/heads/y3",
    "HEAD:refs/tutti/x",
  );
  expect(hidden.code).not.toBe(0);
  expect(sample.held("y3")).toBe("");
  expect(hidden.said).toContain("refs/tutti/ is Tutti's own: push without refs/tutti/x");
});

test("push options reach a remote that takes them; from one that does not they are refused before anybody is asked", async () => {
  sample = await sampleGate();
  sample.commit(sample.agent, "b.txt");
  const refused = await sample.asAgent("push", "-o", "ci.skip", "origin", "main");
  expect(refused.said).toContain("the remote does not support push options");
  expect(sample.log.pushes()).toEqual([]);
  sample.git(sample.remote, "config", "receive.advertisePushOptions", "true");
  script(
    join(sample.remote, "hooks/pre-receive"),
    'echo "$GIT_PUSH_OPTION_COUNT $GIT_PUSH_OPTION_0 $GIT_PUSH_OPTION_1" > options',
  );
  expect((await sample.asAgent("push", "-o", "ci.skip", "-o", "two words", "origin", "main")).code).toBe(0);
  expect(last().facts.options).toEqual(["ci.skip", "two words"]);
  expect(
    sample.git(sample.remote, "cat-file", "-p", sample.git(sample.remote, "hash-object", "-w", "options")),
  ).toBe("2 ci.skip two words");
});

test("a thousand refs in one push, and no more", async () => {
  sample = await sampleGate();
  const create = Array.from({ length: 1_001 }, (_, index) => `create refs/heads/many/${index} HEAD\n`);
  await updateRefs(create.join(""));
  const tooMany = await sample.asAgent("push", "origin", "refs/heads/many/*:refs/heads/many/*");
  expect(tooMany.said).toContain("more than 1000 refs in one push");
  agent("update-ref", "-d", "refs/heads/many/1000");
  sample.commit(sample.agent, "b.txt");
  const started = performance.now();
  expect((await sample.asAgent("push", "origin", "refs/heads/many/*:refs/heads/many/*")).code).toBe(0);
  expect(last().outcome?.refs).toHaveLength(1_000);
  pushFactsSchema.parse(last().facts);
  expect(sample.git(sample.remote, "for-each-ref", "refs/heads/many/").split("\n")).toHaveLength(1_000);
  process.stdout.write(`1000 refs: ${Math.round(performance.now() - started)} ms\n`);
});

async function updateRefs(lines: string): Promise<void> {
  const { execFileSync } = await import("node:child_process");
  execFileSync("git", ["update-ref", "--stdin"], { cwd: sample.agent, input: lines });
}

test("a remote's symbolic ref is not pushed through", async () => {
  sample = await sampleGate();
  sample.git(sample.remote, "symbolic-ref", "refs/heads/alias", "refs/heads/main");
  const tip = sample.commit(sample.agent, "b.txt");
  expect((await sample.asAgent("push", "origin", "HEAD:refs/heads/alias")).said).toContain("symbolic ref");
  expect(sample.held("HEAD")).toBe(sample.base);
  expect(sample.held("main")).toBe(sample.base);
  expect((await sample.asAgent("push", "origin", "HEAD:refs/remotes/x/HEAD")).code).toBe(0);
  expect(sample.held("refs/remotes/x/HEAD")).toBe(tip);
});

test("refs outside the mirror are judged by what the remote holds", async () => {
  sample = await sampleGate({ policy: careful });
  const other = sample.commit(sample.root, "c.txt");
  sample.git(sample.root, "push", "--quiet", sample.remote, "main:refs/custom/one");
  sample.commit(sample.agent, "b.txt");
  const { said } = await sample.asAgent("push", "origin", "HEAD:refs/custom/one");
  expect(said).toContain("refused: history stays");
  expect(last().facts.updates).toMatchObject([{ old: other, kind: "forced", removed: { count: 1 } }]);
  expect(sample.held("refs/custom/one")).toBe(other);
});

test("a repository with sha256", async () => {
  sample = await sampleGate({ objectFormat: "sha256" });
  const tip = sample.commit(sample.agent, "b.txt");
  expect((await sample.asAgent("push", "origin", "main")).code).toBe(0);
  expect(sample.held("main")).toBe(tip);
  expect(tip).toHaveLength(64);
});
