/** Every way out of Polly's program, and every rule that it enforces, with someone who tries to break it. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { type Command, isPending, type PolicyUse } from "@tutti/core";
import { afterEach, expect, it } from "vitest";
import { fakeAgent, folded, openStage, type Stage, type StageOptions } from "./stage.ts";

let stage: Stage;
afterEach(() => stage?.close());
const open = async (options: StageOptions) => {
  stage = await openStage(options);
  return stage;
};

const passing = {
  "package.json": JSON.stringify({ scripts: { test: "test ! -e broken" } }),
  "a.txt": "one\n",
};
const write = (path: string, content: string) => ({ write: { path, content } });
const approve = { call: { tool: "submit_review", input: { findings: [] } } };
const object = (file = "a.txt", claim = "it is wrong") => ({
  call: {
    tool: "submit_review",
    input: { findings: [{ severity: "blocking", file, claim, evidence: "cat shows it" }] },
  },
});
const implementer = (...steps: unknown[]) => ({ system: "Tutti role: implementer", steps });
const reviewer = (...steps: unknown[]) => ({ system: "Tutti role: reviewer", steps });
const fixer = (...steps: unknown[]) => ({
  prompt: "Blocking findings",
  system: "Tutti role: implementer",
  steps,
});
const twoVendors = fakeAgent({ implementer: ["alpha"], reviewer: ["beta"] });
const task = [{ id: "t1", text: "Change a.txt" }];

it("merges an approved change on a person's yes, and leaves nothing behind", async () => {
  await open({
    files: passing,
    script: { parts: [implementer(write("a.txt", "two\n")), reviewer(approve)] },
  });
  const session = await stage.ask({ agent: twoVendors, tasks: task });
  const { id, subject } = await stage.question(session);
  if (subject.kind !== "merge") throw new Error(subject.kind);
  expect(subject.head).toBe(stage.git("rev-parse", "HEAD"));
  expect(subject.diff.text).toContain("+two");
  expect(subject.evidence).toMatchObject([{ name: "test", exitCode: 0, treeHash: subject.tree }]);
  await stage.answer(session, id, "allow");
  const ended = await stage.ended(session);
  expect(ended).toMatchObject({ outcome: "merged", mergedCommit: subject.commit });
  expect(stage.git("rev-parse", "HEAD")).toBe(subject.commit);
  expect(readFileSync(join(stage.repository, "a.txt"), "utf8")).toBe("two\n");
  expect(stage.git("status", "--porcelain")).toBe("");
  expect(stage.git("branch", "--list", "tutti/*")).toBe("");
  expect(stage.git("worktree", "list").split("\n")).toHaveLength(1);
  const { state } = { state: folded(await stage.log(session)) };
  expect(state?.tasks.t1?.mergedCommit).toBe(subject.commit);
});

it("sends blocking findings back to the same implementer and has the fix reviewed again", async () => {
  const second = { prompt: "Review round 2", system: "Tutti role: reviewer", steps: [approve] };
  const script = {
    parts: [
      fixer(write("a.txt", "three\n")),
      implementer(write("a.txt", "two\n")),
      second,
      reviewer(object()),
    ],
  };
  await open({ files: passing, script });
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  const ended = await stage.ended(session);
  expect(ended).toMatchObject({
    outcome: "merged",
    round: 1,
    findings: [{ claim: "it is wrong", round: 1 }],
  });
  const seats = ended.assignments.filter(({ role }) => role === "implementer");
  expect(seats).toHaveLength(1);
  expect(ended.assignments.filter(({ role }) => role === "reviewer")).toHaveLength(2);
  expect(stage.git("show", "HEAD:a.txt")).toBe("three");
});

it("stops when every reviewer is of the implementer's vendor", async () => {
  await open({
    files: passing,
    script: { parts: [implementer(write("a.txt", "two\n")), reviewer(approve)] },
  });
  const agent = fakeAgent({ implementer: ["alpha"], reviewer: ["alpha"] });
  const session = await stage.ask({ agent, tasks: task, yes: true });
  const ended = await stage.ended(session);
  expect(ended.outcome).toBe("same-vendor");
  expect(ended.outcomeDetail).toContain("alpha");
  expect(ended.verdict).toBeNull();
  expect(stage.git("show", "HEAD:a.txt")).toBe("one");
});

it.each([
  ["the implementer", ["nobody"], ["beta"]],
  ["the reviewer", ["alpha"], ["nobody"]],
])("counts an unknown vendor of %s as the same", async (_, implementers, reviewers) => {
  await open({
    files: passing,
    script: { parts: [implementer(write("a.txt", "two\n")), reviewer(approve)] },
  });
  const agent = fakeAgent({ implementer: implementers, reviewer: reviewers });
  const session = await stage.ask({ agent, tasks: task, yes: true });
  expect((await stage.ended(session)).outcome).toBe("same-vendor");
});

it("gives the reviewer a folder without a link, and nothing of the implementer's words", async () => {
  const secret = "IMPLEMENTERS-OWN-WORDS";
  const script = {
    parts: [
      implementer(
        write("a.txt", "two\n"),
        { shell: `git add -A && git -c user.name=x -c user.email=x@y commit -qm ${secret}` },
        { say: secret },
      ),
      reviewer(
        {
          shell:
            "git log --format=%an%ae%s%b; git remote -v; git branch -a; cat .git/objects/info/alternates; pwd",
        },
        write("a.txt", "the reviewer's own\n"),
        { shell: "git commit -qam evil || true; echo broken > broken" },
        approve,
      ),
    ],
  };
  await open({ files: passing, script });
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  const ended = await stage.ended(session);
  expect(ended.outcome).toBe("merged");
  expect(stage.git("show", "HEAD:a.txt")).toBe("two");
  expect(stage.git("ls-files")).not.toContain("broken");
  const review = ended.assignments.find(({ role }) => role === "reviewer")?.session ?? "";
  const seen = JSON.stringify(await stage.log(review));
  expect(seen).not.toContain(secret);
  expect(seen).not.toContain(stage.repository);
  expect(stage.git("log", "-1", "--format=%B")).not.toContain(secret);
});

it("asks a reviewer that hands nothing in twice, then seats the next vendor", async () => {
  const script = {
    parts: [
      { prompt: "You ended without handing in", steps: [{ say: "I forgot again." }] },
      implementer(write("a.txt", "two\n")),
      reviewer({ say: "Looks fine." }),
    ],
  };
  await open({ files: passing, script });
  const agent = fakeAgent({ implementer: ["alpha"], reviewer: ["beta", "gamma"] });
  const session = await stage.ask({ agent, tasks: task, yes: true });
  const ended = await stage.ended(session);
  expect(ended.outcome).toBe("no-review");
  const seats = ended.assignments.filter(({ role }) => role === "reviewer");
  expect(seats.map(({ vendor }) => vendor)).toEqual(["beta", "gamma"]);
  for (const seat of seats) {
    const turns = (await stage.log(seat.session)).filter(({ event }) => event.type === "turn.started");
    expect(turns).toHaveLength(2);
  }
});

it("tells an agent what is wrong with its review, and takes the corrected one", async () => {
  const unproved = { findings: [{ severity: "blocking", file: "a.txt", claim: "wrong" }] };
  const script = {
    parts: [
      implementer(write("a.txt", "two\n")),
      reviewer({ call: { tool: "submit_review", input: unproved } }, approve),
    ],
  };
  await open({ files: passing, script });
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  expect((await stage.ended(session)).outcome).toBe("merged");
});

it("seats the next implementer when one is missing", async () => {
  await open({
    files: passing,
    script: { parts: [implementer(write("a.txt", "two\n")), reviewer(approve)] },
  });
  const agent = fakeAgent({ implementer: ["alpha"], reviewer: ["beta"] });
  agent.roles.implementer?.unshift({ harness: "not-there" });
  const session = await stage.ask({ agent, tasks: task, yes: true });
  const ended = await stage.ended(session);
  expect(ended.outcome).toBe("merged");
  expect(ended.notes.map(({ text }) => text).join()).toContain("not-there");
});

it("gives a fix to the next implementer when the first one's vendor is down, and then excludes both vendors", async () => {
  const down = { fail: { kind: "overloaded", message: "try again tomorrow" } };
  const script = {
    parts: [
      {
        prompt: "Another agent worked on this",
        system: "Tutti role: implementer",
        steps: [write("a.txt", "three\n")],
      },
      fixer({ usage: { input: 1, output: 1 } }, down),
      implementer(write("a.txt", "two\n")),
      { prompt: "Review round 2", system: "Tutti role: reviewer", steps: [approve] },
      reviewer(object()),
    ],
  };
  await open({ files: passing, script });
  const agent = fakeAgent({ implementer: ["alpha", "beta"], reviewer: ["beta", "gamma"] });
  const session = await stage.ask({ agent, tasks: task, yes: true });
  const ended = await stage.ended(session);
  expect(ended).toMatchObject({ outcome: "merged", verdict: { implementerVendors: ["alpha", "beta"] } });
  expect(ended.verdict?.reviewerVendors).toEqual(["gamma"]);
  expect(stage.git("show", "HEAD:a.txt")).toBe("three");
});

it("says when nobody can implement", async () => {
  const failing = implementer({ fail: { kind: "usage-limit", message: "the week's tokens are spent" } });
  await open({ files: passing, script: { parts: [failing] } });
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  const ended = await stage.ended(session);
  expect(ended.outcome).toBe("no-implementer");
  expect(ended.outcomeDetail).toContain("the week's tokens are spent");
});

it("ends on an empty diff", async () => {
  await open({ files: passing, script: { parts: [implementer({ say: "Nothing to do." })] } });
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  expect((await stage.ended(session)).outcome).toBe("empty");
  expect(stage.git("branch", "--list", "tutti/*")).toBe("");
});

it("ends on a moved HEAD and keeps the worktree", async () => {
  const script = { parts: [implementer(write("a.txt", "two\n"), { shell: "git checkout -q -b elsewhere" })] };
  await open({ files: passing, script });
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  const ended = await stage.ended(session);
  expect(ended.outcome).toBe("moved-head");
  expect(ended.notes.map(({ text }) => text).join()).toContain("worktree kept");
  const kept = join(stage.stateFolder, "worktrees", session, "t1");
  expect(readFileSync(join(kept, "a.txt"), "utf8")).toBe("two\n");
});

it("sends red checks back before any review, and lets the person decide when rounds are spent", async () => {
  const script = {
    parts: [
      {
        prompt: "Checks fail on your change",
        system: "Tutti role: implementer",
        steps: [{ say: "I like it so." }],
      },
      implementer(write("broken", "yes\n")),
      reviewer(approve),
    ],
  };
  await open({ files: passing, script });
  const agent = fakeAgent({ implementer: ["alpha"], reviewer: ["beta"] }, { rounds: 1 });
  const session = await stage.ask({ agent, tasks: task, yes: true });
  const { id, subject } = await stage.question(session);
  if (subject.kind !== "merge") throw new Error(subject.kind);
  expect(subject.verdict.approved).toBe(false);
  expect(subject.warnings.join("\n")).toContain("red on this change: test");
  expect(subject.warnings.join("\n")).toContain("I like it so.");
  await stage.answer(session, id, "deny", "mend it first");
  const ended = await stage.ended(session);
  expect(ended).toMatchObject({ outcome: "declined" });
  expect(ended.outcomeDetail).toContain("mend it first");
  expect(existsSync(join(stage.stateFolder, "worktrees", session, "t1", "broken"))).toBe(true);
});

it("shows both positions when rounds are spent, and merges if the person wants it so", async () => {
  const script = {
    parts: [
      fixer(write("a.txt", "still two\n"), { say: "The finding is mistaken." }),
      implementer(write("a.txt", "two\n")),
      reviewer(object("a.txt", "two is not enough")),
    ],
  };
  await open({ files: passing, script });
  const agent = fakeAgent({ implementer: ["alpha"], reviewer: ["beta"] }, { rounds: 1 });
  const session = await stage.ask({ agent, tasks: task, yes: true });
  const { id, subject } = await stage.question(session);
  if (subject.kind !== "merge") throw new Error(subject.kind);
  expect(subject.verdict.findings).toMatchObject([{ claim: "two is not enough" }]);
  expect(subject.warnings.join("\n")).toContain("The finding is mistaken.");
  await stage.answer(session, id, "allow");
  expect((await stage.ended(session)).outcome).toBe("merged");
});

const note = (claim: string, file = "a.txt") => ({
  ...{ severity: "blocking" as const, file, line: 1, claim, evidence: "" },
});
const mender = (claim: string, ...steps: unknown[]) => ({
  prompt: claim,
  system: "Tutti role: implementer",
  steps,
});

it("sends a merge back with a person's notes, as often as they want, past the agents' own rounds", async () => {
  const second = { prompt: "Review round 2", system: "Tutti role: reviewer", steps: [approve] };
  const script = {
    parts: [
      mender("say three", write("a.txt", "three\n")),
      mender("say four", write("a.txt", "four\n")),
      implementer(write("a.txt", "two\n")),
      second,
      reviewer(approve),
    ],
  };
  await open({ files: passing, script });
  const agent = fakeAgent({ implementer: ["alpha"], reviewer: ["beta"] }, { rounds: 0 });
  const session = await stage.ask({ agent, tasks: task });
  const first = await stage.question(session);
  await stage.write("other.txt", "somebody else's\n");
  const moved = stage.commit("Somebody else's");
  const again = await stage.sendBack(session, first.id, [note("say three")]);
  if (again.subject.kind !== "merge") throw new Error(again.subject.kind);
  expect(again.subject.head).toBe(moved);
  expect(again.subject.diff.text).toContain("+three");
  expect(again.subject.diff.text).not.toContain("other.txt");
  expect(again.subject.warnings).toEqual(["a person sent it back with 1 note: see whether that is mended"]);
  const last = await stage.sendBack(session, again.id, [note("say four"), note("really", "b.txt")]);
  await stage.answer(session, last.id, "allow");
  const ended = await stage.ended(session);
  expect(ended).toMatchObject({
    outcome: "merged",
    round: 2,
    findings: [
      { claim: "say three", round: 1, by: "person" },
      { claim: "say four", round: 2, by: "person" },
      { claim: "really", round: 2, by: "person" },
    ],
  });
  expect(stage.git("show", "HEAD:a.txt")).toBe("four");
  expect(stage.git("show", "HEAD:other.txt")).toBe("somebody else's");
  expect(ended.assignments.filter(({ role }) => role === "implementer")).toHaveLength(1);
  const seats = ended.assignments.filter(({ role }) => role === "reviewer");
  expect(seats).toHaveLength(3);
  const told = JSON.stringify(await stage.log(seats[1]?.session ?? ""));
  expect(told).toContain("see whether they are mended:\\n- a.txt: say three");
  expect(told).not.toMatch(/person|sent.*back|sends it back/);
});

it("asks again after it was sent back, although the merge was allowed beforehand", async () => {
  const script = {
    parts: [
      mender("take broken away", { shell: "rm broken" }, write("a.txt", "two\n")),
      implementer(write("broken", "yes\n")),
      reviewer(approve),
    ],
  };
  await open({ files: passing, script });
  const agent = fakeAgent({ implementer: ["alpha"], reviewer: ["beta"] }, { rounds: 0 });
  const session = await stage.ask({ agent, tasks: task, yes: true });
  const first = await stage.question(session);
  const again = await stage.sendBack(session, first.id, [note("take broken away", "broken")]);
  expect(again.subject).toMatchObject({ kind: "merge", verdict: { approved: true } });
  await stage.answer(session, again.id, "deny", "enough");
  expect(await stage.ended(session)).toMatchObject({ outcome: "declined", round: 1 });
});

it("goes on with what a person sent back when the server is stopped while it is mended", async () => {
  const script = {
    parts: [
      mender("say three", { wait: "steer" }, write("a.txt", "three\n")),
      implementer(write("a.txt", "two\n")),
      reviewer(approve),
    ],
  };
  await open({ files: passing, script });
  const session = await stage.ask({ agent: twoVendors, tasks: task });
  const first = await stage.question(session);
  const asked = stage.sendBack(session, first.id, [note("say three")]);
  const seat = await stage.until(session, ({ tasks }) => tasks.t1?.assignments[0]?.session);
  await stage.until(seat, ({ turn, turns }) => (turns === 2 && turn?.begun ? true : undefined));
  await stage.stopServer();
  await stage.server();
  const steer = { type: "turn.steer" as const, steer: "go-on", text: "go on" };
  expect((await stage.client.command({ id: "steer-it-on", session: seat, command: steer })).ok).toBe(true);
  await stage.answer(session, (await asked).id, "allow");
  expect(await stage.ended(session)).toMatchObject({ outcome: "merged", round: 1 });
  expect(stage.git("show", "HEAD:a.txt")).toBe("three");
  const turns = (await stage.log(seat)).filter(({ event }) => event.type === "turn.started");
  expect(turns).toHaveLength(2);
});

it("lets a person's own turn with the implementer end before it mends what was sent back", async () => {
  const script = {
    parts: [
      mender("what if", { wait: "steer" }, write("b.txt", "theirs\n")),
      mender("say three", write("a.txt", "three\n")),
      implementer(write("a.txt", "two\n")),
      reviewer(approve),
    ],
  };
  await open({ files: passing, script });
  const session = await stage.ask({ agent: twoVendors, tasks: task });
  const first = await stage.question(session);
  const seat = (await stage.client.session(session)).tasks.t1?.assignments[0]?.session ?? "";
  const send = async (command: Command) =>
    expect((await stage.client.command({ id: `own-${command.type}`, session: seat, command })).ok).toBe(true);
  await send({ type: "turn.start", turn: "own", text: "what if" });
  await stage.until(seat, ({ turn }) => turn?.begun || undefined);
  const asked = stage.sendBack(session, first.id, [note("say three")]);
  await stage.until(session, ({ tasks }) => (tasks.t1?.phase === "fixing" ? true : undefined));
  await send({ type: "turn.steer", steer: "now", text: "now" });
  const { subject } = await asked;
  if (subject.kind !== "merge") throw new Error(subject.kind);
  expect(subject.diff.text).toMatch(/\+three[\s\S]*\+theirs/);
});

it("takes no notes on a question about a tool", async () => {
  await open({
    files: passing,
    script: { parts: [implementer({ shell: "echo hi" }, write("a.txt", "two\n")), reviewer(approve)] },
  });
  const policies: PolicyUse[] = [{ name: "ask-on-tools", params: { tools: ["shell"] }, level: "session" }];
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true, policies });
  const seat = await stage.until(session, ({ tasks }) => tasks.t1?.assignments[0]?.session);
  const { id } = await stage.question(seat);
  const command = { type: "approval.resolve" as const, approval: id, answer: "deny" as const };
  const sent = await stage.client.command({
    ...{ id: "notes-on-a-tool", session: seat },
    command: { ...command, notes: [note("not so")] },
  });
  expect(sent).toMatchObject({ ok: false, refusal: { kind: "invalid", field: "notes" } });
  await stage.answer(seat, id, "deny");
  expect((await stage.ended(session)).outcome).toBe("merged");
});

it("reports what is red on the base and does not block on it", async () => {
  const files = { "package.json": JSON.stringify({ scripts: { test: "false" } }), "a.txt": "one\n" };
  await open({ files, script: { parts: [implementer(write("a.txt", "two\n")), reviewer(approve)] } });
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  const ended = await stage.ended(session);
  expect(ended.outcome).toBe("merged");
  expect(ended.notes.map(({ text }) => text).join()).toContain("red on the base already: test");
});

it("ends a check that hangs with its whole tree, and calls it red", async () => {
  const files = {
    "package.json": JSON.stringify({ scripts: { test: "test ! -e hang || tail -f /dev/null" } }),
  };
  await open({ files, script: { parts: [implementer(write("hang", "yes\n")), reviewer(approve)] } });
  const agent = fakeAgent({ implementer: ["alpha"], reviewer: ["beta"] }, { rounds: 0, checkSeconds: 2 });
  const session = await stage.ask({ agent, tasks: task });
  const { id, subject } = await stage.question(session);
  if (subject.kind !== "merge") throw new Error(subject.kind);
  expect(subject.evidence).toMatchObject([{ timedOut: true, exitCode: null }]);
  await stage.answer(session, id, "deny");
  expect((await stage.ended(session)).outcome).toBe("declined");
});

it("flags a change of the checks to the reviewer and withholds a beforehand yes", async () => {
  const loose = JSON.stringify({ scripts: { test: "true" } });
  await open({
    files: passing,
    script: { parts: [implementer(write("package.json", loose)), reviewer(approve)] },
  });
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  const { id, subject } = await stage.question(session);
  if (subject.kind !== "merge") throw new Error(subject.kind);
  expect(subject.warnings.join()).toContain("package.json");
  await stage.answer(session, id, "allow");
  const ended = await stage.ended(session);
  const review = ended.assignments.find(({ role }) => role === "reviewer")?.session ?? "";
  const prompt = (await stage.log(review)).find(({ event }) => event.type === "turn.started");
  expect(JSON.stringify(prompt)).toContain("files that define the checks");
});

it("rebases on a target that moved, and carries the verdict over while the patch is the same", async () => {
  await open({
    files: passing,
    script: { parts: [implementer(write("a.txt", "two\n")), reviewer(approve)] },
  });
  const session = await stage.ask({ agent: twoVendors, tasks: task });
  const first = await stage.question(session);
  await stage.write("other.txt", "somebody else's\n");
  const moved = stage.commit("Somebody else's");
  await stage.answer(session, first.id, "allow");
  const second = await stage.until(session, ({ approvals }) =>
    Object.values(approvals).find((one) => isPending(one) && one.id !== first.id),
  );
  if (second.subject.kind !== "merge") throw new Error(second.subject.kind);
  expect(second.subject.head).toBe(moved);
  const { tasks } = await stage.client.session(session);
  expect(tasks.t1?.verdict).toMatchObject({ tree: second.subject.tree, approved: true });
  expect(tasks.t1?.verdict?.carriedFrom).toBeDefined();
  expect(tasks.t1?.evidence).toMatchObject([{ treeHash: second.subject.tree }]);
  await stage.answer(session, second.id, "allow");
  expect((await stage.ended(session)).outcome).toBe("merged");
  expect(stage.git("rev-parse", "HEAD~1")).toBe(moved);
});

it("has the change reviewed again when the rebase changes the patch", async () => {
  const lines = (...changed: [number, string][]) =>
    Array.from({ length: 9 }, (_, at) => changed.find(([line]) => line === at)?.[1] ?? `line ${at}`).join(
      "\n",
    );
  const script = { parts: [implementer(write("b.txt", `${lines([6, "mine"])}\n`)), reviewer(approve)] };
  await open({ files: { ...passing, "b.txt": `${lines()}\n` }, script });
  const session = await stage.ask({ agent: twoVendors, tasks: task });
  const first = await stage.question(session);
  // Near enough to stand in the patch's context, far enough not to be in its way.
  await stage.write("b.txt", `${lines([4, "somebody else's"])}\n`);
  stage.commit("Somebody else's");
  await stage.answer(session, first.id, "allow");
  const second = await stage.until(session, ({ approvals }) =>
    Object.values(approvals).find((one) => isPending(one) && one.id !== first.id),
  );
  const verdicts = (await stage.log(session)).filter(({ event }) => event.type.startsWith("verdict."));
  expect(verdicts.map(({ event }) => event.type)).toEqual(["verdict.recorded", "verdict.recorded"]);
  await stage.answer(session, second.id, "allow");
  expect((await stage.ended(session)).outcome).toBe("merged");
  expect(stage.git("show", "HEAD:b.txt")).toBe(lines([4, "somebody else's"], [6, "mine"]));
});

it("ends in a conflict when the target's move does not fit", async () => {
  await open({
    files: passing,
    script: { parts: [implementer(write("a.txt", "two\n")), reviewer(approve)] },
  });
  const session = await stage.ask({ agent: twoVendors, tasks: task });
  const { id } = await stage.question(session);
  await stage.write("a.txt", "three\n");
  stage.commit("Somebody else's");
  await stage.answer(session, id, "allow");
  const ended = await stage.ended(session);
  expect(ended.outcome).toBe("conflict");
  expect(ended.outcomeDetail).toContain("a.txt");
  expect(stage.git("show", "HEAD:a.txt")).toBe("three");
});

it("never touches uncommitted work: it says so and waits, or leaves the verified branch", async () => {
  await open({
    files: passing,
    script: { parts: [implementer(write("a.txt", "two\n")), reviewer(approve)] },
  });
  const session = await stage.ask({ agent: twoVendors, tasks: task });
  const first = await stage.question(session);
  await stage.write("a.txt", "my own unsaved work\n");
  await stage.answer(session, first.id, "allow");
  const second = await stage.until(session, ({ approvals }) =>
    Object.values(approvals).find((one) => isPending(one) && one.id !== first.id),
  );
  if (second.subject.kind !== "merge") throw new Error(second.subject.kind);
  expect(second.subject.warnings.join()).toContain("a.txt");
  expect(readFileSync(join(stage.repository, "a.txt"), "utf8")).toBe("my own unsaved work\n");
  stage.git("checkout", "--", "a.txt");
  await stage.answer(session, second.id, "allow");
  expect((await stage.ended(session)).outcome).toBe("merged");
});

it("leaves the verified branch when nobody is there to clear the way", async () => {
  await open({
    files: passing,
    script: { parts: [implementer(write("a.txt", "two\n")), reviewer(approve)] },
  });
  await stage.write("a.txt", "my own unsaved work\n");
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  const ended = await stage.ended(session);
  expect(ended.outcome).toBe("dirty");
  expect(readFileSync(join(stage.repository, "a.txt"), "utf8")).toBe("my own unsaved work\n");
  expect(stage.git("show", `tutti/${session}/t1:a.txt`)).toBe("two");
});

it("neither runs the user's hooks nor is broken by them and by signing", async () => {
  await open({
    files: passing,
    script: { parts: [implementer(write("a.txt", "two\n")), reviewer(approve)] },
  });
  const ran = join(stage.folder, "hook-ran");
  for (const hook of ["pre-commit", "commit-msg", "post-merge", "post-checkout", "reference-transaction"]) {
    const path = join(stage.repository, ".git/hooks", hook);
    writeFileSync(path, `#!/bin/sh\necho ${hook} >> ${ran}\nexit 1\n`);
    await chmod(path, 0o755);
  }
  stage.git("config", "commit.gpgsign", "true");
  stage.git("config", "gpg.program", "/bin/false");
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  const ended = await stage.ended(session);
  expect(ended.outcome).toBe("merged");
  expect(existsSync(ran)).toBe(false);
  expect(ended.outcomeDetail).toContain("pre-commit");
  expect(ended.outcomeDetail).toContain("not signed");
});

it("asks once whether the repository's own commands are trusted", async () => {
  const files = {
    ...passing,
    ".tutti/config.yaml": "checks:\n  - name: own\n    run: test -e package.json\n",
  };
  await open({ files, script: { parts: [implementer(write("a.txt", "two\n")), reviewer(approve)] } });
  const refused = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  const asked = await stage.question(refused);
  expect(asked.subject).toMatchObject({ kind: "trust" });
  expect(JSON.stringify(asked.subject)).toContain("test -e package.json");
  await stage.answer(refused, asked.id, "deny");
  expect((await stage.ended(refused)).outcome).toBe("untrusted");

  const allowed = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  await stage.answer(allowed, (await stage.question(allowed)).id, "allow");
  const ended = await stage.ended(allowed);
  expect(ended).toMatchObject({ outcome: "merged", evidence: [{ name: "own", exitCode: 0 }] });

  const again = await stage.ask({ agent: twoVendors, tasks: [{ id: "t1", text: "Once more" }], yes: true });
  expect((await stage.ended(again)).outcome).toBe("empty");
});

it("holds agents to the repository's own policies once they are trusted", async () => {
  const files = {
    ...passing,
    ".tutti/policies/team.yaml":
      "rules:\n  - { name: sealed, when: 'call.paths.exists(p, glob(p, \"**/sealed/**\"))', effect: deny, reason: It is sealed. }\n",
    ".tutti/policies/no-curl.ts": `
      import type { Policy } from "@tutti/core";
      import { z } from "zod";
      export const policy: Policy<object> = {
        name: "no-curl",
        summary: "Nothing is fetched.",
        phases: ["tool-call"],
        params: z.object({}),
        evaluate: (action) =>
          action.phase === "tool-call" && action.call.command?.startsWith("curl")
            ? { effect: "deny", reason: "Nothing is fetched here." }
            : undefined,
      };`,
  };
  const steps = [write("sealed/x.txt", "no\n"), { shell: "curl localhost:9" }, write("a.txt", "two\n")];
  await open({ files, script: { parts: [implementer(...steps), reviewer(approve)] } });
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  const { id, subject } = await stage.question(session);
  expect(JSON.stringify(subject)).toMatch(/no-curl\.ts.*team\.yaml/);
  await stage.answer(session, id, "allow");
  const ended = await stage.ended(session);
  expect(ended.outcome).toBe("merged");
  expect(stage.git("ls-files")).not.toContain("sealed");
  const seat = ended.assignments.find(({ role }) => role === "implementer")?.session ?? "";
  const denied = (await stage.log(seat)).flatMap(({ event }) =>
    event.type === "tool.requested" && event.decision.effect === "deny" ? event.decision.policies : [],
  );
  expect(denied).toEqual(["team.yaml", "no-curl"]);
});

it("starts no agent under a repository's policies that hold a mistake", async () => {
  const files = {
    ...passing,
    ".tutti/policies/team.yaml": "rules:\n  - { name: x, when: 'cal.kind == 1' }\n",
  };
  await open({ files, script: { parts: [implementer(write("a.txt", "two\n")), reviewer(approve)] } });
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  await stage.answer(session, (await stage.question(session)).id, "allow");
  const ended = await stage.ended(session);
  expect(ended.outcome).toBe("failed");
  expect(ended.outcomeDetail).toMatch(/team\.yaml:2:\d+: rules\.0/);
});

it("trusts no model endpoint that the repository's own agent file names", async () => {
  await open({
    files: passing,
    script: { parts: [implementer(write("a.txt", "two\n")), reviewer(approve)] },
  });
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true, repositoryAgent: true });
  const { id, subject } = await stage.question(session);
  expect(subject).toMatchObject({ kind: "trust" });
  expect(JSON.stringify(subject)).toContain("http://127.0.0.1:9");
  await stage.answer(session, id, "deny");
  expect(await stage.ended(session)).toMatchObject({ outcome: "untrusted", assignments: [] });
});

it("trusts no endpoint that the repository's own settings of an agent program name", async () => {
  const settings = JSON.stringify({ env: { ANTHROPIC_BASE_URL: "https://elsewhere.example" } });
  await open({ files: { ...passing, ".claude/settings.json": settings } });
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  const { id, subject } = await stage.question(session);
  expect(JSON.stringify(subject)).toContain("https://elsewhere.example");
  await stage.answer(session, id, "deny");
  expect((await stage.ended(session)).outcome).toBe("untrusted");
});

it("works on several tasks at once, each in its own worktree, within the limit", async () => {
  const parts = ["one", "two", "three"].map((name) => ({
    prompt: `Task: ${name}`,
    system: "Tutti role: implementer",
    steps: [write(`${name}.txt`, name)],
  }));
  await open({ files: passing, script: { parts: [...parts, reviewer(approve)] } });
  const agent = fakeAgent({ implementer: ["alpha"], reviewer: ["beta"] }, { parallel: 2 });
  const tasks = ["one", "two", "three"].map((text) => ({ id: text, text }));
  const session = await stage.ask({ agent, tasks, yes: true });
  const state = await stage.until(session, (state) => (state.closed === null ? undefined : state));
  expect(Object.values(state.tasks).map(({ outcome }) => outcome)).toEqual(["merged", "merged", "merged"]);
  expect(stage.git("ls-files").split("\n")).toEqual(
    expect.arrayContaining(["one.txt", "two.txt", "three.txt"]),
  );
  const log = await stage.log(session);
  let busy = new Set<string>();
  for (const { event } of log) {
    if (event.type === "task.moved" && event.phase !== "waiting") busy = new Set([...busy, event.task]);
    if (event.type === "task.ended") busy = new Set([...busy].filter((id) => id !== event.task));
    expect(busy.size).toBeLessThanOrEqual(2);
  }
});

it("goes on with a turn whose host went away, under the same session", async () => {
  const script = {
    parts: [
      {
        prompt: "The machine stopped while",
        system: "Tutti role: implementer",
        steps: [write("a.txt", "two\n")],
      },
      implementer({ wait: "interrupt" }),
      reviewer(approve),
    ],
  };
  await open({ files: passing, script });
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  const seat = await stage.until(session, ({ tasks }) => tasks.t1?.assignments[0]?.session);
  await stage.until(seat, ({ turn }) => turn?.begun || undefined);
  // A second host process of the same machine: the first one's lease is over.
  await stage.host();
  const ended = await stage.ended(session);
  expect(ended.outcome).toBe("merged");
  expect(ended.assignments.filter(({ role }) => role === "implementer")).toHaveLength(1);
});

it("goes on where it stood when the server is stopped in the middle", async () => {
  await open({
    files: passing,
    script: { parts: [implementer(write("a.txt", "two\n")), reviewer(approve)] },
  });
  const session = await stage.ask({ agent: twoVendors, tasks: task });
  const { id } = await stage.question(session);
  await stage.stopServer();
  await stage.server();
  await stage.answer(session, id, "allow");
  expect((await stage.ended(session)).outcome).toBe("merged");
  const log = await stage.log(session);
  expect(
    log.filter(({ event }) => event.type === "work.requested" && event.request.type === "candidate.merge"),
  ).toHaveLength(1);
  expect(readdirSync(join(stage.stateFolder, "worktrees", session))).toEqual([]);
});

it("ends as interrupted when a person interrupts the agent", async () => {
  await open({ files: passing, script: { parts: [implementer({ wait: "interrupt" })] } });
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  const seat = await stage.until(session, ({ tasks }) => tasks.t1?.assignments[0]?.session);
  await stage.until(seat, ({ turn }) => turn?.begun || undefined);
  const sent = await stage.client.command({
    id: "interrupt-it",
    session: seat,
    command: { type: "turn.interrupt" },
  });
  expect(sent.ok).toBe(true);
  expect((await stage.ended(session)).outcome).toBe("interrupted");
});

it("keeps the implementer inside its worktree and the reviewer inside its folder", async () => {
  const script = {
    parts: [
      implementer(write("/tmp/../etc/tutti-was-here", "no"), write("a.txt", "two\n")),
      reviewer(write("../outside.txt", "no"), approve),
    ],
  };
  await open({ files: passing, script });
  const session = await stage.ask({ agent: twoVendors, tasks: task, yes: true });
  const ended = await stage.ended(session);
  expect(existsSync("/etc/tutti-was-here")).toBe(false);
  const denied = [];
  for (const { session: seat } of ended.assignments)
    for (const { event } of await stage.log(seat))
      if (event.type === "tool.requested" && event.decision.effect === "deny")
        denied.push(event.decision.policies[0]);
  expect(denied).toEqual(["workspace-only", "read-only"]);
});
