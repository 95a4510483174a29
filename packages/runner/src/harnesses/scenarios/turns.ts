import assert from "node:assert/strict";
import { echoTool, perform, type Scenario, usageOf } from "./stage.ts";

/** What happens in turns that nobody disturbs. */
export const turns: readonly Scenario[] = [
  {
    name: "basic turn, and a second one",
    async play(stage) {
      const performance = await perform(stage, { systemPrompt: "You are rehearsed by Tutti." });
      await performance.turn("scenario: basic");
      await performance.turn("scenario: basic");
      await performance.close();
      assert.ok(
        stage.models.requests().some(({ system }) => system.includes("You are rehearsed by Tutti.")),
        "the appended system prompt reached the model",
      );
      assert.equal(performance.events[0]?.type === "opened" && performance.events[0].route, "provider");
      return performance.timeline;
    },
    timeline: [
      "opened",
      "turn started by prompt",
      "message basic: ok",
      "turn ended: completed",
      "turn started by prompt",
      "message basic: ok",
      "turn ended: completed",
      "closed",
    ],
  },
  {
    name: "streaming",
    shows: { streaming: true },
    async play(stage) {
      const performance = await perform(stage);
      await performance.turn("scenario: stream");
      await performance.close();
      const message = performance.events.find((event) => event.type === "message");
      assert.ok(message?.type === "message");
      const deltas = performance.events.flatMap((event) =>
        event.type === "delta" && event.kind === "message" ? [event] : [],
      );
      assert.ok(deltas.length > 2, `${deltas.length} deltas`);
      assert.ok(
        deltas.every(({ item }) => item === message.item),
        "deltas name the item that holds them whole",
      );
      assert.equal(
        deltas
          .map(({ text }) => text)
          .join("")
          .trim(),
        message.text.trim(),
      );
      return performance.timeline.map((line) => line.trim());
    },
    timeline: [
      "opened",
      "turn started by prompt",
      `message ${"tick ".repeat(40).trim()}`,
      "turn ended: completed",
      "closed",
    ],
  },
  {
    name: "reasoning",
    shows: { reasoning: true },
    async play(stage) {
      const performance = await perform(stage, { effort: "high" });
      await performance.turn("scenario: reason");
      await performance.close();
      const thought = performance.events.find((event) => event.type === "reasoning");
      assert.ok(thought?.type === "reasoning", "a thought is told");
      assert.match(thought.text, /One thought before the answer\./);
      return performance.timeline;
    },
    timeline: ["opened", "turn started by prompt", "message reason: ok", "turn ended: completed", "closed"],
  },
  {
    name: "model override per turn",
    shows: { model: "per-turn" },
    async play(stage) {
      const [first, second] = stage.models.ids(stage.wire);
      const performance = await perform(stage, { model: first });
      await performance.turn("scenario: basic");
      await performance.turn("scenario: basic", second);
      await performance.close();
      const asked = new Set(stage.models.requests().map(({ model }) => model));
      assert.deepEqual([...asked], [first, second]);
      const told = performance.events.flatMap((event) =>
        event.type === "turn.started" ? [event.model] : [],
      );
      assert.equal(told[1], second);
      return performance.timeline.filter((line) => line.startsWith("turn ended"));
    },
    timeline: ["turn ended: completed", "turn ended: completed"],
  },
  {
    name: "usage",
    shows: { usage: true },
    async play(stage) {
      const performance = await perform(stage);
      await performance.turn("scenario: basic");
      const first = usageOf(performance);
      await performance.turn("scenario: shell counted");
      await performance.close();
      const both = usageOf(performance);
      // The rehearsal reports the same figures for each answer: one in the first turn, two in the second.
      const one = { input: 1000, cacheRead: 200, cacheWrite: 0, output: 56 };
      const { costUsd, sources, models, ...tokens } = first;
      assert.deepEqual(tokens, one);
      assert.deepEqual(models, [stage.models.ids(stage.wire)[0]]);
      assert.equal(sources.length, 1, `one source: ${sources}`);
      stage.observe({ ...(sources[0] && { cost: sources[0] }) });
      assert.deepEqual(sources, [stage.harness.descriptor.capabilities.cost]);
      assert.equal(both.input, 3 * one.input);
      assert.equal(both.output, 3 * one.output);
      if (stage.harness.descriptor.capabilities.cost !== "unknown") {
        assert.ok(costUsd !== null && costUsd > 0, `cost ${costUsd}`);
        assert.ok(
          both.costUsd !== null && Math.abs(both.costUsd - 3 * costUsd) < 1e-9,
          `cost ${both.costUsd}`,
        );
      }
      return performance.timeline.filter((line) => line.startsWith("turn ended"));
    },
    timeline: ["turn ended: completed", "turn ended: completed"],
  },
  {
    name: "lent tool",
    shows: { lentTools: true },
    async play(stage) {
      const performance = await perform(stage, { tools: [echoTool] });
      await performance.turn("scenario: lent hello");
      await performance.close();
      const [call] = performance.calls;
      assert.deepEqual(performance.lent, [{ id: call?.id, tool: "echo_tool", input: { text: "hello" } }]);
      const finished = performance.events.find((event) => event.type === "tool.finished");
      assert.match(finished?.type === "tool.finished" ? finished.output : "", /echo: \{"text":"hello"\}/);
      return performance.timeline;
    },
    timeline: [
      "opened",
      "turn started by prompt",
      "asks lent",
      "answers allow",
      "tool started",
      "lent echo_tool",
      "tool finished ok",
      "message lent: ok",
      "turn ended: completed",
      "closed",
    ],
  },
  {
    name: "20 MB of output",
    async play(stage) {
      const performance = await perform(stage);
      await performance.turn("scenario: oversized");
      await performance.close();
      const finished = performance.events.find((event) => event.type === "tool.finished");
      assert.ok(finished?.type === "tool.finished");
      assert.ok(finished.output.length < 66_000, `${finished.output.length} characters are told`);
      return performance.timeline;
    },
    timeline: [
      "opened",
      "turn started by prompt",
      "asks shell",
      "answers allow",
      "tool started",
      "tool finished ok",
      "message oversized: ok",
      "turn ended: completed",
      "closed",
    ],
  },
];
