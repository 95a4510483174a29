import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { findMarked } from "../process/sweep.ts";
import { type SampleGate, sampleGate } from "./sample-gate.ts";
import { askAll } from "./sample-log.ts";

let sample: SampleGate;
afterEach(() => sample.remove());

const outcome = () => sample.log.until(({ pushes }) => Object.values(pushes)[0]?.outcome);

test("whoever waits hears of it again and again", async () => {
  sample = await sampleGate({ policy: askAll, heartbeatMs: 50 });
  sample.commit(sample.agent, "b.txt");
  const push = sample.startAgent("push", "origin", "main");
  await push.heard("remote: Tutti: waiting for a person to decide: look at it (0 s)");
  sample.log.answer("deny", "not on a Friday");
  const { code, said } = await push.ended;
  expect(code).not.toBe(0);
  expect(said).toContain("[remote rejected] main -> main (refused: not on a Friday)");
  expect(await outcome()).toMatchObject({ result: "refused", message: "not on a Friday" });
  expect(sample.held("main")).toBe(sample.base);
});

test("a client that dies takes nothing with it: the question stays, and the answer counts", async () => {
  sample = await sampleGate({ policy: askAll });
  const tip = sample.commit(sample.agent, "b.txt");
  const push = sample.startAgent("push", "origin", "main");
  await push.heard("waiting for a person");
  push.stop();
  await push.ended;
  sample.log.answer("allow");
  expect(await outcome()).toMatchObject({ result: "forwarded" });
  expect(sample.held("main")).toBe(tip);
});

test("the hook that dies takes nothing with it either", async () => {
  sample = await sampleGate({ policy: askAll });
  const tip = sample.commit(sample.agent, "b.txt");
  const push = sample.startAgent("push", "origin", "main");
  await push.heard("waiting for a person");
  const marked = await findMarked(sample.options().marker, true);
  const hooks = marked.filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("proc-receive.mjs"),
  );
  expect(hooks).toHaveLength(1);
  for (const pid of hooks) process.kill(pid, "SIGKILL");
  expect((await push.ended).code).not.toBe(0);
  sample.log.answer("allow");
  expect(await outcome()).toMatchObject({ result: "forwarded" });
  expect(sample.held("main")).toBe(tip);
});

test("the same push again joins the first: one question, both get the answer", async () => {
  sample = await sampleGate({ policy: askAll });
  sample.commit(sample.agent, "b.txt");
  const first = sample.startAgent("push", "origin", "main");
  await first.heard("waiting for a person");
  const second = sample.startAgent("push", "origin", "main");
  await second.heard("on its way already");
  sample.log.answer("allow");
  expect((await first.ended).code).toBe(0);
  expect((await second.ended).code).toBe(0);
  expect(sample.log.asked).toHaveLength(1);
  expect(sample.log.pushes()).toHaveLength(1);
});

test("a remote that moves between question and answer is left alone", async () => {
  sample = await sampleGate({ policy: askAll });
  sample.commit(sample.agent, "b.txt");
  const push = sample.startAgent("push", "origin", "main");
  await push.heard("waiting for a person");
  const theirs = sample.commit(sample.root, "c.txt");
  sample.git(sample.root, "push", "--quiet", sample.remote, "main");
  sample.log.answer("allow");
  const { code, said } = await push.ended;
  expect(code).not.toBe(0);
  expect(said).toContain("the remote moved since this was asked: fetch, look, and push again");
  expect(await outcome()).toMatchObject({ result: "moved" });
  expect(sample.held("main")).toBe(theirs);
  const again = await sample.asAgent("push", "origin", "main");
  expect(again.said).toContain("fetch first");
  expect(sample.log.pushes()).toHaveLength(1);
});

test("two different pushes to one branch: the first that is allowed wins, the other one is about something else now", async () => {
  sample = await sampleGate({ policy: askAll });
  const one = sample.commit(sample.agent, "b.txt");
  const first = sample.startAgent("push", "origin", "main");
  await first.heard("waiting for a person");
  sample.commit(sample.agent, "c.txt");
  const second = sample.startAgent("push", "origin", "main");
  await second.heard("waiting for a person");
  sample.log.answer("allow");
  expect((await first.ended).code).toBe(0);
  sample.log.answer("allow");
  expect((await second.ended).said).toContain("the remote moved");
  expect(sample.held("main")).toBe(one);
});

test("closing ends children and sockets, tells the agent, and leaves the push open", async () => {
  sample = await sampleGate({ policy: askAll });
  sample.commit(sample.agent, "b.txt");
  const push = sample.startAgent("push", "origin", "main");
  await push.heard("waiting for a person");
  await sample.gate.close();
  expect((await push.ended).said).toContain("Tutti is stopping");
  expect(await findMarked(sample.options().marker, true)).toEqual([]);
  expect(sample.log.open()).toHaveLength(1);
  expect((await sample.asAgent("fetch")).code).not.toBe(0);
});

test("a push that nobody wants any more is withdrawn", async () => {
  sample = await sampleGate({
    ports: {
      request: async () => ({
        push: "p1",
        decision: { effect: "ask", reason: "look", policies: [] },
        approval: "a1",
      }),
      answered: async () => ({ allow: false, reason: "the session is over", withdrawn: true }),
      finish: async (push, { result }) => void finished.push([push, result]),
    },
  });
  const finished: unknown[] = [];
  sample.commit(sample.agent, "b.txt");
  expect((await sample.asAgent("push", "origin", "main")).said).toContain("(the session is over)");
  expect(finished).toEqual([["p1", "withdrawn"]]);
});

test("a log that is not reached is a refusal, and nothing reaches the remote", async () => {
  sample = await sampleGate({
    ports: {
      request: () => Promise.reject(new Error("no connection")),
      answered: () => Promise.reject(new Error("no connection")),
      finish: () => Promise.reject(new Error("no connection")),
    },
  });
  sample.commit(sample.agent, "b.txt");
  expect((await sample.asAgent("push", "origin", "main")).said).toContain(
    "Tutti could not write this push down",
  );
  expect(sample.held("main")).toBe(sample.base);
});
