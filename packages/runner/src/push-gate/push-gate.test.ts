import { afterEach, expect, test } from "vitest";
import { type SampleGate, sampleGate } from "./sample-gate.ts";
import { askAll } from "./sample-log.ts";

let sample: SampleGate;
afterEach(() => sample.remove());

test("a plain push goes through, and the log has its facts and its outcome", async () => {
  sample = await sampleGate();
  const tip = sample.commit(sample.agent, "b.txt");
  const { code, said } = await sample.asAgent("push", "origin", "main");
  expect([code, said]).toEqual([0, expect.stringContaining("main -> main")]);
  expect(sample.held("main")).toBe(tip);
  const [push] = sample.log.pushes();
  expect(push?.facts).toEqual({
    remote: "origin",
    url: sample.remote,
    atomic: false,
    options: [],
    updates: [
      {
        ref: "refs/heads/main",
        old: sample.base,
        new: tip,
        kind: "fast-forward",
        tag: false,
        removed: { count: 0, commits: [] },
        rewritten: 0,
        added: {
          count: 1,
          commits: [{ sha: tip, subject: "Write b.txt", author: "Ada", at: expect.stringMatching(/Z$/) }],
        },
      },
    ],
  });
  expect(push?.outcome).toMatchObject({ result: "forwarded", rescued: [] });
});

test("a question is shown at once and answered by a person", async () => {
  sample = await sampleGate({ policy: askAll });
  const tip = sample.commit(sample.agent, "b.txt");
  const push = sample.startAgent("push", "origin", "main");
  await push.heard("waiting for a person");
  expect(sample.held("main")).toBe(sample.base);
  sample.log.answer("allow");
  expect((await push.ended).code).toBe(0);
  expect(sample.held("main")).toBe(tip);
});
