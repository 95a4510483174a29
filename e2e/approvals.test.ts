/** Questions to a person and their answers: held, late, given twice, outliving the machine; and that a call happens once. */
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ApprovalState, type EventType, isPending, type LoggedEvent, type PolicyUse } from "@tutti/core";
import { afterEach, expect, it } from "vitest";
import { openStage, type Stage, type StageOptions } from "./stage.ts";

let stage: Stage;
afterEach(() => stage?.close());

const shells: PolicyUse = { name: "ask-on-tools", params: { tools: ["shell"] }, level: "session" };
const edits: PolicyUse = { name: "ask-on-tools", params: { tools: ["edit"] }, level: "session" };
const shell = (command: string) => ({ shell: command });

const send = async (session: string, command: Parameters<Stage["client"]["command"]>[0]["command"]) =>
  stage.client.command({ id: `command-${randomUUID()}`, session, command });

/** A session of the fake harness in the repository, whose turn takes these steps. */
async function play(
  steps: unknown[],
  options: StageOptions & { later?: unknown[]; policies?: PolicyUse[] } = {},
): Promise<string> {
  const { later = [], policies = [shells], ...more } = options;
  stage = await openStage({
    script: {
      parts: [
        { prompt: "A person allowed the call", steps: later.length > 0 ? later : [{ say: "Nothing." }] },
        { prompt: "These calls had begun", steps: later.length > 0 ? later : [{ say: "Nothing." }] },
        { prompt: "go", steps },
      ],
    },
    ...more,
  });
  const session = "asking";
  await send(session, {
    type: "session.create",
    spec: {
      ...{ title: "asks", agent: "asker", host: stage.hostId, harness: { harness: "fake" } },
      ...{ workspace: stage.repository, tools: [], policies, excludeVendors: [], preapproved: [] },
    },
  });
  await send(session, { type: "turn.start", turn: "t1", text: "go" });
  return session;
}

const events = async <T extends EventType>(session: string, type: T) =>
  (await stage.log(session)).flatMap(({ event }) =>
    event.type === type ? [event as Extract<LoggedEvent["event"], { type: T }>] : [],
  );
const over = (session: string, turns = 1) =>
  stage.until(session, ({ turn, lastTurn, turns: begun }) =>
    turn === null && begun >= turns && lastTurn ? lastTurn : undefined,
  );
const lines = (name: string): number => {
  const path = join(stage.repository, name);
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").length : 0;
};
const asksOf = (approval: ApprovalState) =>
  approval.subject.kind === "tool" ? approval.subject : expect.fail(approval.subject.kind);

it("holds a call for a person; a yes lets it pass", async () => {
  const session = await play([shell("echo x >> calls")]);
  const question = await stage.question(session);
  expect(asksOf(question)).toMatchObject({
    call: { command: "echo x >> calls" },
    policies: ["ask-on-tools"],
  });
  expect(lines("calls")).toBe(0);
  await stage.answer(session, question.id, "allow");
  expect(await over(session)).toMatchObject({ id: "t1", status: "completed" });
  expect(lines("calls")).toBe(1);
});

it("tells the agent why a person said no", async () => {
  const session = await play([shell("echo x >> calls")]);
  await stage.answer(session, (await stage.question(session)).id, "deny", "that file is mine");
  expect(await over(session)).toMatchObject({
    status: "completed",
    lastMessage: "Denied: that file is mine",
  });
  expect(lines("calls")).toBe(0);
  expect(await events(session, "tool.finished")).toMatchObject([{ ok: false }]);
});

it("parks the turn when nobody answers; a late yes goes on, and the call passes once", async () => {
  const again = [shell("echo x >> calls"), { say: "It is done." }];
  const session = await play([shell("echo x >> calls")], { holdMs: 100, later: again });
  const parked = await over(session);
  expect(parked).toMatchObject({ id: "t1", status: "parked" });
  const [question] = Object.values((await stage.client.session(session)).approvals);
  if (!question) throw new Error("no question");
  expect(isPending(question)).toBe(true);
  expect(lines("calls")).toBe(0);
  await stage.answer(session, question.id, "allow");
  expect(await over(session, 2)).toMatchObject({ status: "completed", lastMessage: "It is done." });
  expect(lines("calls")).toBe(1);
  expect(await events(session, "approval.requested")).toHaveLength(1);
  const starts = await events(session, "turn.started");
  expect(starts.map(({ origin }) => origin)).toEqual(["prompt", "resumption"]);
});

it("asks again when the call of a late yes is issued twice", async () => {
  const twice = [shell("echo x >> calls"), shell("echo x >> calls")];
  const session = await play([shell("echo x >> calls")], { holdMs: 100, later: twice });
  await over(session);
  await stage.answer(session, (await stage.question(session)).id, "allow");
  const second = await stage.question(session);
  expect(lines("calls")).toBe(1);
  expect((await events(session, "approval.requested")).map(({ approval }) => approval)).toContain(second.id);
  await stage.answer(session, second.id, "deny");
  await stage.until(session, ({ turn, turns }) => (turn === null && turns === 2) || undefined);
  expect(lines("calls")).toBe(1);
});

it("takes a call that is spelled a little differently for the one that was allowed, and no other", async () => {
  const later = [
    shell(`git  push ../remote.git "HEAD:release" -f`),
    shell("git push -f ../remote.git HEAD:main"),
  ];
  const session = await play([shell("git push --force ../remote.git HEAD:release")], { holdMs: 100, later });
  const remote = join(stage.folder, "remote.git");
  stage.git("init", "--quiet", "--bare", remote);
  await over(session);
  await stage.answer(session, (await stage.question(session)).id, "allow");
  const second = await stage.question(session);
  expect(asksOf(second).call.command).toContain("main");
  expect(stage.git("--git-dir", remote, "for-each-ref", "--format=%(refname)")).toBe("refs/heads/release");
  await stage.answer(session, second.id, "deny");
});

it("keeps a question when the machine stops; an answer that no machine hears goes on where one is back", async () => {
  const session = await play([shell("echo x >> calls")], { later: [shell("echo x >> calls")] });
  const question = await stage.question(session);
  // Another host process of this machine takes over: the first one may not carry out what is answered from now on.
  const second = await stage.host();
  expect(await over(session)).toMatchObject({ status: "parked", failure: { kind: "lost" } });
  expect((await stage.question(session)).id).toBe(question.id);
  await second.stop();
  await stage.stopServer();
  await stage.server();
  await stage.answer(session, question.id, "allow");
  await stage.host();
  expect(await over(session, 2)).toMatchObject({ status: "completed" });
  expect(lines("calls")).toBe(1);
  expect(await events(session, "approval.requested")).toHaveLength(1);
});

it("asks again about an allowed call that had begun when the machine stopped", async () => {
  const command = "echo x >> calls; test -e over || sleep 600";
  const session = await play([shell(command)], { later: [shell(command)] });
  await stage.answer(session, (await stage.question(session)).id, "allow");
  await stage.until(session, ({ turn }) => (turn?.calls[0]?.standing === "asked" ? undefined : true));
  await until(() => lines("calls") === 1);
  await stage.host();
  expect(await over(session)).toMatchObject({ status: "failed", failure: { kind: "lost" } });
  await stage.write("over", "");
  await send(session, { type: "turn.start", turn: "t2", text: "go on" });
  const doubt = asksOf(await stage.question(session));
  expect(doubt.reason).toMatch(/A person allowed this call before.*may have taken effect already/);
  expect(lines("calls")).toBe(1);
  const [, start] = await events(session, "turn.started");
  expect(start?.text).toContain("Nobody can say whether they took effect");
  await stage.answer(session, (await stage.question(session)).id, "allow");
  expect(await over(session, 2)).toMatchObject({ status: "completed" });
  expect(lines("calls")).toBe(2);
});

it("lets calls alike pass once a person said so, and says by which rule", async () => {
  const write = (path: string, content: string) => ({ write: { path, content } });
  const session = await play([write("a.txt", "one\n"), write("a.txt", "two\n"), write("b.txt", "three\n")], {
    policies: [edits],
  });
  const question = await stage.question(session);
  const { rule } = asksOf(question);
  expect(rule?.words).toContain("a.txt");
  expect(
    await send(session, { type: "approval.resolve", approval: question.id, answer: "allow", alike: true }),
  ).toMatchObject({ ok: true });
  // The second passes by the rule; the third is not alike.
  const other = await stage.until(session, ({ approvals }) =>
    Object.values(approvals).find((one) => isPending(one) && one.id !== question.id),
  );
  expect(asksOf(other).call.paths).toEqual([join(stage.repository, "b.txt")]);
  expect(readFileSync(join(stage.repository, "a.txt"), "utf8")).toBe("two\n");
  const requested = await events(session, "tool.requested");
  expect(requested[1]).toMatchObject({ decision: { effect: "allow", rule: rule?.words } });
  await stage.answer(session, other.id, "deny");
});

it("takes the first answer, and tells the second who gave which", async () => {
  const session = await play([shell("echo x >> calls")]);
  const { id } = await stage.question(session);
  const answer = (which: "allow" | "deny") =>
    send(session, { type: "approval.resolve", approval: id, answer: which });
  const both = await Promise.all([answer("deny"), answer("allow")]);
  const refusals = both.flatMap((one) => (one.ok ? [] : [one.refusal]));
  const [resolved] = (await stage.log(session)).filter(({ event }) => event.type === "approval.resolved");
  if (resolved?.event.type !== "approval.resolved") throw new Error("nobody answered");
  expect(refusals).toEqual([
    expect.objectContaining({ message: `${resolved.by.name} answered first: ${resolved.event.answer}` }),
  ]);
  await over(session);
  expect(lines("calls")).toBe(resolved.event.answer === "allow" ? 1 : 0);
});

it("withdraws the question of a turn that a person interrupts", async () => {
  const session = await play([shell("echo x >> calls")]);
  const { id } = await stage.question(session);
  await send(session, { type: "turn.interrupt" });
  expect(await over(session)).toMatchObject({ status: "interrupted" });
  const { approvals } = await stage.client.session(session);
  expect(approvals[id]?.withdrawn).toBe("its turn ended");
  expect(await send(session, { type: "approval.resolve", approval: id, answer: "allow" })).toMatchObject({
    ok: false,
    refusal: { message: "the question ended: its turn ended" },
  });
  expect(lines("calls")).toBe(0);
});

/** Looks until it is so. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
