import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment, Harness, HarnessCapabilities, Installation, ModelProvider } from "@tutti/core";
import { loadScenario, parseScenario, type Scenario as Rehearsed, startRehearsal } from "@tutti/rehearsal";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { harnesses } from "./index.ts";
import { heldCall } from "./scenarios/gates.ts";
import { scenarios } from "./scenarios/index.ts";
import { failureOf, perform, type Scenario, type Stage } from "./scenarios/stage.ts";

/*
 * Every scenario, played by every harness that speaks with a real program: one input, one expected timeline. At the end a
 * table tells what each harness declares and what it was seen to do; where the two differ, a test fails.
 *
 * The programs are looked for in the folder that TUTTI_HARNESS_CLIS names, else in the checkout's harness-clis/. Their
 * models are rehearsed, their homes are empty.
 */

type Wire = ModelProvider["wire"];
const wires: readonly Wire[] = ["anthropic", "responses", "chat"];

const checkout = fileURLToPath(new URL("../../../../", import.meta.url));
const programs = process.env.TUTTI_HARNESS_CLIS ?? join(checkout, "harness-clis/node_modules/.bin");

/** Ids that the clients of a wire know, so that they offer their models all of their tools. */
const modelIds: Record<Wire, readonly [string, string]> = {
  anthropic: ["claude-sonnet-4-5", "claude-haiku-4-5"],
  responses: ["gpt-5.5", "gpt-5.2-codex"],
  chat: ["gpt-5.5", "rehearsal"],
};

/** Beside the parts that all tests share: services that fail in further ways. */
const failing = `
name: failing
parts:
  - name: broken
    match: { user: "scenario: broken" }
    steps: [{ fail: { status: 500, times: 2 } }, { say: "broken: ok" }]
${[400, 404, 429, 500, 529]
  .map(
    (status) => `
  - name: always ${status}
    match: { user: "scenario: always ${status}" }
    steps: [{ fail: { status: ${status}, times: 100000 } }]`,
  )
  .join("")}
  - name: always cut
    match: { user: "scenario: always cut" }
    steps: [{ fail: { cut: true, times: 100000 } }, { say: "This is cut, whenever it is said." }]
`;

/** Programs that try again for minutes by default are asked to give up sooner. */
const impatient = { CLAUDE_CODE_MAX_RETRIES: "3" };

const real = harnesses.filter(({ descriptor }) => descriptor.capabilities.wires.length > 0);
const installations = new Map<Harness, Installation>();
const observed = new Map<Harness, Partial<HarnessCapabilities>>();
let script: Rehearsed;

beforeAll(async () => {
  const shared = await loadScenario(join(checkout, "packages/rehearsal/scenarios/conformance.yaml"));
  script = { ...shared, parts: [...parseScenario(failing).parts, ...shared.parts] };
  for (const harness of real) {
    observed.set(harness, {});
    const installation = await harness.find(process.env, [programs]);
    if (installation) installations.set(harness, installation);
  }
});

/** Sets a stage up, lets something happen on it, and clears everything away. */
async function onStage<T>(
  harness: Harness,
  play: (stage: Stage) => Promise<T>,
  wire: Wire | undefined = harness.descriptor.capabilities.wires[0],
): Promise<T> {
  const installation = installations.get(harness);
  assert.ok(
    installation,
    `${harness.descriptor.title} is not in ${programs} nor on PATH (${harness.descriptor.install})`,
  );
  assert.ok(wire);
  const folder = await realpath(await mkdtemp(join(tmpdir(), "tutti-")));
  const rehearsal = await startRehearsal({ scenario: script });
  try {
    const [home, cwd] = [join(folder, "home"), join(folder, "work")];
    await Promise.all([mkdir(home), mkdir(cwd)]);
    const environment: Environment = {
      PATH: process.env.PATH,
      HOME: home,
      REHEARSAL_KEY: "rehearsed",
      ...impatient,
    };
    return await play({
      harness,
      installation,
      environment,
      cwd,
      folder,
      wire,
      observe: (seen) => Object.assign(observed.get(harness) ?? {}, seen),
      models: {
        provider: (each) => ({ wire: each, baseUrl: rehearsal.baseUrls[each], apiKeyEnv: "REHEARSAL_KEY" }),
        ids: (each) => modelIds[each],
        requests: () => rehearsal.requests.filter(({ tools }) => tools.length > 0),
      },
    });
  } finally {
    await rehearsal.close();
    await rm(folder, { recursive: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** Plays a scenario; what it shows has been seen when it plays as it should. */
async function play(harness: Harness, scenario: Scenario): Promise<void> {
  const timeline = await onStage(harness, scenario.play);
  expect(timeline).toEqual(scenario.timeline);
  Object.assign(observed.get(harness) ?? {}, scenario.shows);
}

/** Whether a harness declares what a scenario shows. */
function declares({ descriptor }: Harness, { shows = {} }: Scenario): boolean {
  const declared = new Map<string, unknown>(Object.entries(descriptor.capabilities));
  return Object.entries(shows).every(([name, value]) => declared.get(name) === value);
}

const wordOf = (harness: Harness) => harness.descriptor.title;

describe.concurrent("every harness", () => {
  test(`${heldCall.name}, all at once`, async () => {
    await Promise.all(real.map((harness) => play(harness, heldCall)));
  });

  for (const harness of real) {
    test.for(scenarios.map((scenario) => [scenario.name, scenario] as const))(
      `${wordOf(harness)}: %s`,
      async ([, scenario]) => {
        if (declares(harness, scenario)) await play(harness, scenario);
        else await expect(play(harness, scenario), "shows more than it declares").rejects.toThrow();
      },
    );

    test.for(wires)(`${wordOf(harness)}: a model provider over the wire %s`, async (wire) => {
      if (!harness.descriptor.capabilities.wires.includes(wire)) {
        await onStage(
          harness,
          async (stage) => {
            expect((await failureOf(stage)).kind).toBe("model");
          },
          wire,
        );
        return;
      }
      await onStage(
        harness,
        async (stage) => {
          const performance = await perform(stage);
          await performance.turn("scenario: shell reached");
          await performance.close();
          expect(performance.timeline).toContain("message shell: ok");
        },
        wire,
      );
      const seen = observed.get(harness);
      if (seen) seen.wires = [...(seen.wires ?? []), wire];
    });
  }
});

afterAll(() => {
  const rows = capabilityRows();
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  process.stdout.write(`\nWhat was seen (and what is declared, where it differs):\n${lines.join("\n")}\n`);
});

function capabilityRows(): string[][] {
  const names = [...new Set(real.flatMap(({ descriptor }) => Object.keys(descriptor.capabilities)))];
  const head = [
    "",
    ...real.map((harness) => `${wordOf(harness)} ${installations.get(harness)?.version ?? "missing"}`),
  ];
  const cell = (harness: Harness, name: string) => {
    const told = (capabilities: object) => {
      const value: unknown = Object.entries(capabilities).find(([key]) => key === name)?.[1];
      if (typeof value === "boolean") return value ? "yes" : "no";
      return Array.isArray(value) ? [...value].sort().join(", ") : String(value ?? "not seen");
    };
    const [seen, declared] = [told(observed.get(harness) ?? {}), told(harness.descriptor.capabilities)];
    return seen === declared ? seen : `${seen} (declared: ${declared})`;
  };
  return [head, ...names.map((name) => [name, ...real.map((harness) => cell(harness, name))])];
}
