/** Money, from the tokens that an agent tells of to the question at a limit and the report on a merged change. */
import { isPending, type PolicyUse } from "@tutti/core";
import { afterEach, expect, it } from "vitest";
import { fakeAgent, openStage, type Stage } from "./stage.ts";

let stage: Stage;
afterEach(() => stage?.close());

const files = { "package.json": JSON.stringify({ scripts: { test: "true" } }), "a.txt": "one\n" };
const write = (path: string, content: string) => ({ write: { path, content } });
const costs = (costUsd: number) => ({ usage: { input: 10, output: 1, costUsd } });
const approve = { call: { tool: "submit_review", input: { findings: [] } } };
const twoVendors = fakeAgent({ implementer: ["alpha"], reviewer: ["beta"] });
const budget = (limit: number): PolicyUse[] => [
  { name: "budget", params: { tree: { limit } }, level: "session" },
];
const script = {
  parts: [
    {
      system: "Tutti role: implementer",
      steps: [costs(0.7), write("a.txt", "two\n"), costs(0.6), write("b.txt", "two\n")],
    },
    { system: "Tutti role: reviewer", steps: [costs(0.2), approve] },
  ],
};

/** The sessions of a request's agents that wait at the budget, with their questions, once there are so many. */
async function waiting(root: string, count: number) {
  for await (const _ of stage.client.followAll({ after: 0, session: root })) {
    const children = await stage.client.sessions({ parent: root });
    const states = await Promise.all(children.map(({ id }) => stage.client.session(id)));
    const asked = states.flatMap(({ id, approvals }) =>
      Object.values(approvals)
        .filter(isPending)
        .map((approval) => ({ session: id, approval })),
    );
    if (asked.length === count) return asked;
  }
  throw new Error("the stream ended");
}

it("pauses at the limit, goes on with a yes, and tells what the merged change cost", async () => {
  stage = await openStage({ files, script });
  const tasks = [{ id: "t1", text: "Change a.txt" }];
  const root = await stage.ask({ agent: twoVendors, tasks, yes: true, policies: budget(1) });
  const [asked] = await waiting(root, 1);
  expect(asked?.approval.subject).toMatchObject({
    reason: expect.stringContaining("This request has spent $1.30, and its limit is $1.00. A yes raises"),
  });
  await stage.answer(asked?.session ?? "", asked?.approval.id ?? "", "allow");
  expect(await stage.ended(root)).toMatchObject({ outcome: "merged" });

  const report = await stage.client.cost({ by: "vendor", root });
  expect(report.rows.map(({ key, reportedUsd }) => [key, reportedUsd.toFixed(2)])).toEqual([
    ["alpha", "1.30"],
    ["beta", "0.20"],
  ]);
  expect(report.merged).toMatchObject([{ root, task: "t1", title: "Change a.txt", calls: 3 }]);
  expect(report.merged[0]?.reportedUsd).toBeCloseTo(1.5);
});

it("asks once for agents that work side by side, and a no stops them all", async () => {
  stage = await openStage({ files, script });
  const tasks = ["t1", "t2"].map((id) => ({ id, text: `Change ${id}` }));
  const root = await stage.ask({ agent: twoVendors, tasks, policies: budget(1) });
  const [asked] = await waiting(root, 2);
  await stage.answer(asked?.session ?? "", asked?.approval.id ?? "", "deny", "too dear");
  const ended = await stage.until(root, (state) => {
    const outcomes = Object.values(state.tasks).map(({ outcome }) => outcome);
    return outcomes.length === 2 && outcomes.every((outcome) => outcome !== null) ? outcomes : undefined;
  });
  expect(ended).toEqual(["interrupted", "interrupted"]);
});
