/** The main job on the real agent CLIs: one vendor implements, the other reviews blind, a person's yes merges. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Agent, agentSchema } from "@tutti/core";
import { loadScenario, type Rehearsal, startRehearsal } from "@tutti/rehearsal";
import { harnesses } from "@tutti/runner";
import { afterEach, expect, it } from "vitest";
import { openStage, type Stage } from "./stage.ts";

const scenario = fileURLToPath(new URL("../packages/rehearsal/scenarios/demo.yaml", import.meta.url));
const clis =
  process.env.TUTTI_HARNESS_CLIS ??
  fileURLToPath(new URL("../harness-clis/node_modules/.bin", import.meta.url));
const files = {
  "package.json": JSON.stringify({ name: "sample", type: "module", scripts: { test: "node --test" } }),
  "src/sum.js": "export const sum = (values) => values.reduce((a, b) => a + b, 0);\n",
  "test/sum.test.js":
    'import assert from "node:assert/strict";\nimport { test } from "node:test";\nimport { sum } from "../src/sum.js";\ntest("sum", () => assert.equal(sum([1, 2]), 3));\n',
};

let stage: Stage | undefined;
let rehearsal: Rehearsal | undefined;
afterEach(async () => {
  await stage?.close();
  await rehearsal?.close();
});

/** Polly with each harness on the rehearsal, under the vendor that its own login would serve. */
function rehearsed(models: Rehearsal, implementer: string[], reviewer: string[]): Agent {
  const servedIds: Record<string, string> = { anthropic: "claude-sonnet-4-5", openai: "gpt-5.2-codex" };
  const vendorOf = (id: string) =>
    harnesses.find(({ descriptor }) => descriptor.id === id)?.descriptor.vendor ?? "somebody";
  const entry = (id: string) => ({
    harness: id,
    provider: id,
    model: servedIds[vendorOf(id)] ?? "rehearsal",
  });
  return agentSchema.parse({
    name: "polly",
    orchestration: "implement-review-merge",
    roles: { implementer: implementer.map(entry), reviewer: reviewer.map(entry) },
    providers: Object.fromEntries(
      [...new Set([...implementer, ...reviewer])].map((id) => {
        const found = harnesses.find(({ descriptor }) => descriptor.id === id);
        const wire = found?.descriptor.capabilities.wires[0] ?? "chat";
        return [id, { baseUrl: models.baseUrls[wire], wire, vendor: vendorOf(id) }];
      }),
    ),
  });
}

it.each([
  ["claude-code", "codex"],
  ["codex", "claude-code"],
  ["pi", "claude-code"],
  ["claude-code", "pi"],
])("%s implements, %s reviews", async (implementer, reviewer) => {
  rehearsal = await startRehearsal({ scenario: await loadScenario(scenario) });
  stage = await openStage({ files, folders: [clis], environment: { TUTTI_FAKE_HARNESS: "" } });
  const session = await stage.ask({
    agent: rehearsed(rehearsal, [implementer], [reviewer]),
    tasks: [{ id: "t1", text: "Add a function median to src/median.js, with tests." }],
    yes: true,
  });
  const ended = await stage.ended(session);
  expect(ended.outcomeDetail).toBe("");
  expect(ended).toMatchObject({
    outcome: "merged",
    round: 1,
    findings: [{ severity: "blocking", file: "src/median.js", round: 1 }],
    verdict: { approved: true },
    evidence: [{ command: "npm run test", exitCode: 0 }],
  });
  expect(stage.git("rev-parse", "HEAD")).toBe(ended.mergedCommit);
  expect(readFileSync(join(stage.repository, "src/median.js"), "utf8")).toContain("a - b");
  expect(stage.git("status", "--porcelain")).toBe("");

  // Blind: what the reviewer's model was shown holds none of the implementer's words.
  const words = ["with tests for odd and even counts", "The finding is right", "tutti/", stage.repository];
  const shown = rehearsal.requests.filter(({ system }) => system.includes("Tutti role: reviewer"));
  expect(shown.length).toBeGreaterThan(2);
  for (const { body } of shown) for (const word of words) expect(JSON.stringify(body)).not.toContain(word);
});
