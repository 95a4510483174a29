import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { HarnessEvent } from "@tutti/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { usageOf } from "./price.ts";
import { initialState, type Said, type State, translate } from "./translate.ts";
import { notificationOf } from "./wire.ts";

/*
 * The fixtures hold what the real program said in one turn each, and between it what happened on this side: a prompt was
 * taken (`asked`), the gate allowed a call (`allowed`), the program ended (`ended`).
 */

const lineSchema = z.object({ method: z.string(), params: z.unknown().optional() });
const ownSchema = z.discriminatedUnion("method", [
  z.object({ method: z.literal("asked"), turn: z.string(), model: z.string() }),
  z.object({
    method: z.literal("allowed"),
    call: z.string(),
    thread: z.string().optional(),
    model: z.string().optional(),
  }),
  z.object({ method: z.literal("ended") }),
]);
const startedSchema = z.object({ threadId: z.string() });

async function recorded(name: string, metered = true): Promise<{ said: Said[]; state: State }> {
  const file = fileURLToPath(new URL(`fixtures/${name}.jsonl`, import.meta.url));
  const lines = (await readFile(file, "utf8"))
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  const first = lines.map((line) => lineSchema.parse(line)).find(({ method }) => method === "turn/started");
  const said = lines.flatMap((line): Said[] => {
    const own = ownSchema.safeParse(line).data;
    if (own) return [own.method === "allowed" ? { ...own, thread: own.thread, model: own.model } : own];
    const { method, params } = lineSchema.parse(line);
    return [notificationOf(method, params)].filter((known) => known !== undefined);
  });
  return { said, state: initialState(startedSchema.parse(first?.params).threadId, "gpt-5.5", { metered }) };
}

async function played(
  name: string,
  change: (said: Said[]) => Said[] = (said) => said,
  { metered = true } = {},
) {
  const { said, state } = await recorded(name, metered);
  return { state, events: change(said).flatMap((each) => translate(each, state)) };
}

/** Events without the ids that differ from recording to recording, and without deltas. */
function story(events: HarnessEvent[]): (string | HarnessEvent)[] {
  return events.flatMap((event): (string | HarnessEvent)[] => {
    switch (event.type) {
      case "delta":
        return [];
      case "tool.started":
        return ["started"];
      case "tool.finished":
        return [`finished ${event.ok ? "ok" : "badly"}: ${event.output.trim()}`];
      case "message":
      case "reasoning":
        return [`${event.type}${event.agent === undefined ? "" : " of a sub-agent"}: ${event.text}`];
      case "usage":
        return ["usage"];
      default:
        return [event];
    }
  });
}

test("a turn with a thought, a failing command, a denied one, an edit and a lent tool", async () => {
  const { events } = await played("work");
  expect(story(events)).toEqual([
    { type: "turn.started", turn: "t1", origin: "prompt", model: "gpt-5.5" },
    "reasoning: A thought.",
    "message: I look around.",
    "started",
    "finished badly: (exit code 3)",
    "usage",
    "usage",
    "started",
    "finished ok: add /home/dev/project/new.txt",
    "usage",
    "started",
    "finished ok: Noted.",
    "usage",
    "message: Done.",
    "usage",
    { type: "turn.ended", turn: "t1", status: "completed" },
  ]);
  const deltas = events.flatMap((event) => (event.type === "delta" ? [event.text] : []));
  expect(deltas.join("")).toBe("A thought.I look around.Done.");
  expect(events.find(({ type }) => type === "usage")).toEqual({
    type: "usage",
    usage: {
      model: "gpt-5.5",
      input: 1000,
      cacheRead: 200,
      cacheWrite: 0,
      output: expect.any(Number),
      costUsd: expect.any(Number),
      costSource: "list",
    },
  });
});

test("a turn lasts until its sub-agents have ended", async () => {
  const { events } = await played("sub-agent");
  const told = story(events).filter((line) => line !== "usage");
  expect(told.slice(-5)).toEqual([
    "message: Delegated.",
    "started",
    "finished ok: errand",
    "message of a sub-agent: Errand done.",
    { type: "turn.ended", turn: "t1", status: "completed" },
  ]);
  expect(told.filter((line) => typeof line === "object" && "turn" in line)).toHaveLength(2);
});

test("an interrupted turn ends after its command; what comes later is nothing new", async () => {
  const { events } = await played("interrupted");
  expect(story(events).slice(-2)).toEqual([
    "finished badly: (interrupted)",
    { type: "turn.ended", turn: "t1", status: "interrupted" },
  ]);
});

test("a model that is gone", async () => {
  const { events } = await played("model-gone");
  expect(events.at(-1)).toMatchObject({ type: "turn.ended", status: "failed", failure: { kind: "model" } });
  expect(events.filter(({ type }) => type === "notice")).not.toHaveLength(0);
});

test("a call that the gate did not allow is a breach", async () => {
  const { state } = await played("interrupted", (said) => said.filter(({ method }) => method !== "allowed"));
  expect(state.breach).toMatch(/passed the gate by/);
});

test("a call that starts without its hook is a breach, even where no hook is told of", async () => {
  const { state } = await played("work", (said) =>
    said.filter(({ method }) => method !== "allowed" && method !== "hook/completed"),
  );
  expect(state.breach).toMatch(/commandExecution/);
});

test("a program that dies ends its calls and its turn", async () => {
  const failure = { kind: "crashed", message: "gone" } as const;
  const { events } = await played("interrupted", (said) => [
    ...said.slice(
      0,
      said.findIndex(({ method }) => method === "turn/completed"),
    ),
    { method: "ended", failure },
  ]);
  expect(story(events).slice(-2)).toEqual([
    "finished badly: (interrupted)",
    { type: "turn.ended", turn: "t1", status: "failed", failure },
  ]);
});

test("a resumed thread's total counts only from where it stands", async () => {
  const { state } = await recorded("work");
  const tokens = (n: number) => ({
    inputTokens: 100 * n,
    cachedInputTokens: 10 * n,
    cacheWriteInputTokens: 0,
    outputTokens: n,
  });
  const used = (total: number, last: number): Said => ({
    method: "thread/tokenUsage/updated",
    params: { threadId: state.root, tokenUsage: { total: tokens(total), last: tokens(last) } },
  });
  expect(translate(used(5, 2), state)).toEqual([]);
  translate({ method: "asked", turn: "t2", model: "gpt-5.5" }, state);
  translate({ method: "turn/started", params: { threadId: state.root, turn: { id: "n2" } } }, state);
  expect(translate(used(8, 3), state)).toMatchObject([{ usage: { input: 270, cacheRead: 30, output: 3 } }]);
  expect(translate(used(8, 3), state)).toEqual([]);
});

test("text typed into a running command is a breach; its end is not", async () => {
  const { state } = await recorded("work");
  const typed = (stdin: string): Said => ({
    method: "item/commandExecution/terminalInteraction",
    params: { itemId: "c1", stdin },
  });
  for (const harmless of ["", "\u0003"]) translate(typed(harmless), state);
  expect(state.breach).toBeUndefined();
  translate(typed("rm -rf .\n"), state);
  expect(state.breach).toMatch(/typed/);
});

test("what a plan covers is told at list price, as not metered; a model without a price stays without one", async () => {
  const { events: paid } = await played("work");
  const { events: covered } = await played("work", undefined, { metered: false });
  const costs = (events: HarnessEvent[]) =>
    events.flatMap((event) =>
      event.type === "usage" ? [[event.usage.costSource, event.usage.costUsd]] : [],
    );
  expect(costs(paid).length).toBeGreaterThan(0);
  expect(costs(paid).every(([source, usd]) => source === "list" && usd !== null)).toBe(true);
  expect(costs(covered)).toEqual(costs(paid).map(([, usd]) => ["subscription", usd]));
  const tokens = { inputTokens: 10, cachedInputTokens: 4, cacheWriteInputTokens: 1, outputTokens: 2 };
  expect(usageOf("nobody-lists-this", tokens, false)).toMatchObject({
    costUsd: null,
    costSource: "subscription",
  });
  expect(usageOf("nobody-lists-this", tokens, true)).toMatchObject({
    ...{ input: 5, cacheRead: 4, cacheWrite: 1, output: 2 },
    ...{ costUsd: null, costSource: "unknown" },
  });
});
