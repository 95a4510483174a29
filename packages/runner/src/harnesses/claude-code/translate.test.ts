import { readFile } from "node:fs/promises";
import type { HarnessEvent } from "@tutti/core";
import { expect, test } from "vitest";
import {
  callAnswered,
  callAsked,
  ended,
  initialState,
  interruptAsked,
  promptWritten,
  type State,
  steerWritten,
  type Told,
  translate,
} from "./translate.ts";
import { hookCallback, readLine } from "./wire.ts";

interface Played {
  state: State;
  events: HarnessEvent[];
  breach: string | undefined;
}

/** Plays what a real Claude Code said, with Tutti's own part in it done by the book. */
async function play(
  fixture: string,
  {
    gate = () => "allow" as const,
    gated = true,
    interrupted = false,
    metered = true,
  }: {
    gate?: (input: unknown) => "allow" | "deny";
    gated?: boolean;
    interrupted?: boolean;
    metered?: boolean;
  } = {},
): Promise<Played> {
  const text = await readFile(new URL(`fixtures/${fixture}.jsonl`, import.meta.url), "utf8");
  const lines = text
    .trim()
    .split("\n")
    .map((line) => readLine(JSON.parse(line)));
  const written = [
    ...new Set(lines.flatMap((line) => (line?.type === "command_lifecycle" ? [line.command_uuid] : []))),
  ];
  const played: Played = { state: initialState("claude-sonnet-4-5", metered), events: [], breach: undefined };
  const apply = ({ state, events, breach }: Told) => {
    played.state = state;
    played.events.push(...events);
    played.breach ??= breach;
  };
  apply(promptWritten(played.state, { id: "t1", line: written[0] ?? "", model: "claude-sonnet-4-5" }));
  for (const line of lines) {
    if (!line) continue;
    if (line.type === "command_lifecycle" && line.state === "queued" && line.command_uuid !== written[0])
      played.state = steerWritten(played.state, line.command_uuid);
    if (line.type === "control_request" && gated) {
      const { tool_use_id, input } = hookCallback.parse(line.request);
      apply(callAsked(played.state, tool_use_id ?? "", line.request_id));
      apply(callAnswered(played.state, tool_use_id ?? "", gate(input.tool_input)));
      if (interrupted) played.state = interruptAsked(played.state);
    } else apply(translate(played.state, line));
  }
  return played;
}

/** The events in short, deltas of one item as one. */
function story(events: readonly HarnessEvent[]): string[] {
  const told = events.map((event) => {
    switch (event.type) {
      case "delta":
        return `delta of ${event.kind}`;
      case "message":
      case "reasoning":
        return `${event.agent ? "sub-agent's " : ""}${event.type}: ${event.text.trim()}`;
      case "turn.started":
        return `started by ${event.origin}`;
      case "turn.ended":
        return event.status === "failed" ? `failed: ${event.failure.kind}` : event.status;
      case "tool.finished":
        return `finished ${event.ok ? "ok" : "badly"}: ${event.output.split("\n")[0]?.slice(0, 12)}`;
      case "usage":
        return `usage ${event.usage.input}/${event.usage.cacheRead}/${event.usage.output} $${event.usage.costUsd}`;
      case "notice":
        return event.text;
      default:
        return event.type;
    }
  });
  return told.filter((line, index) => line !== told[index - 1] || !line.startsWith("delta"));
}

test("two calls, one allowed and one denied", async () => {
  const { events, state, breach } = await play("two-calls", {
    gate: (input) => (JSON.stringify(input).includes("both-1") ? "allow" : "deny"),
  });
  expect(story(events)).toEqual([
    "started by prompt",
    "tool.started",
    "usage 1000/200/56 $0.0039000000000000003",
    "finished ok: both-1",
    "delta of message",
    "message: two: ok",
    "usage 1000/200/56 $0.0039000000000000003",
    "completed",
  ]);
  expect(breach).toBeUndefined();
  expect(state).toMatchObject({ turn: undefined, calls: new Map(), steers: new Set() });
});

test("a call that is carried out without having come to the gate is a breach; one that is refused is none", async () => {
  expect((await play("two-calls", { gated: false })).breach).toMatch(/without having passed the gate/);
  const refused = (content: string) => {
    const line = readLine({
      type: "user",
      message: {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: "c", is_error: true, content }],
      },
    });
    return line && translate(initialState(null), line).breach;
  };
  expect(refused("<tool_use_error>InputValidationError: no</tool_use_error>")).toBeUndefined();
  expect(refused("Exit code 1")).toMatch(/without having passed the gate/);
});

test("what a plan covers is told with its worth, as not metered", async () => {
  const costs = async (metered: boolean) =>
    (await play("two-calls", { metered })).events.flatMap((event) =>
      event.type === "usage" ? [[event.usage.costSource, event.usage.costUsd]] : [],
    );
  const call = expect.closeTo(0.0039, 6);
  expect(await costs(true)).toEqual([
    ["list", call],
    ["list", call],
  ]);
  expect(await costs(false)).toEqual([
    ["subscription", call],
    ["subscription", call],
  ]);
});

test("thoughts and words are told under the items of their deltas", async () => {
  const { events } = await play("thought-and-words");
  expect(story(events)).toEqual([
    "started by prompt",
    "delta of reasoning",
    "reasoning: One thought before the answer.",
    "delta of message",
    "message: reason: ok",
    "usage 1000/200/56 $0.0039000000000000003",
    "completed",
  ]);
  const items = events.flatMap((event) => ("item" in event ? [event.item] : []));
  expect(new Set(items).size).toBe(2);
});

test("a sub-agent's words and calls stand within the turn", async () => {
  const { events } = await play("sub-agent");
  expect(story(events)).toEqual([
    "started by prompt",
    "tool.started",
    "usage 1000/200/56 $0.0039000000000000003",
    "tool.started",
    "finished ok: inner",
    "finished ok:   <tools-use",
    "delta of message",
    "message: delegated",
    "usage 1000/200/56 $0.0039000000000000003",
    // What the sub-agent used, which is known at the end of the round.
    "usage 2000/400/112 $0.0078000000000000005",
    "completed",
  ]);
});

test("an agent in the background starts a turn of its own", async () => {
  const { events } = await play("background-agent");
  expect(story(events)).toEqual([
    "started by prompt",
    "tool.started",
    "usage 1000/200/56 $0.0039000000000000003",
    "finished ok: Async agent ",
    "delta of message",
    "message: delegated",
    "usage 1000/200/56 $0.0039000000000000003",
    "completed",
    "started by background",
    "sub-agent's message: I will run a command.",
    "tool.started",
    "finished ok: inner",
    "sub-agent's message: shell: ok",
    "delta of message",
    "message: Done.",
    "usage 1000/200/56 $0.0039000000000000003",
    "usage 2000/400/112 $0.0078",
    "completed",
  ]);
  const [prompted, , background, last] = events.flatMap((event) =>
    event.type === "turn.started" || event.type === "turn.ended" ? [event.turn] : [],
  );
  expect(prompted).toBe("t1");
  expect(background).toBe(last);
  expect(background).not.toBe("t1");
});

test("text that comes too late for a round is answered in the same turn", async () => {
  const { events } = await play("late-steer");
  expect(story(events)).toEqual([
    "started by prompt",
    "delta of message",
    `message: ${"tick ".repeat(40).trim()}`,
    "usage 1000/200/56 $0.0039000000000000003",
    "delta of message",
    "message: steered: ok",
    "usage 1000/200/56 $0.0039000000000000003",
    "completed",
  ]);
});

test("an interrupted command has finished badly before its turn ends", async () => {
  const { events } = await play("interrupted-command", { interrupted: true });
  expect(story(events)).toEqual([
    "started by prompt",
    "tool.started",
    "usage 1000/200/56 $0.0039000000000000003",
    "finished badly: The user doe",
    "interrupted",
  ]);
});

test("a service that stays down fails the turn, after the program's own attempts", async () => {
  const { events } = await play("service-down");
  expect(story(events)).toEqual([
    "started by prompt",
    "The model's service failed (529); attempt 1 of 1.",
    "failed: overloaded",
  ]);
});

test("a program that dies ends what is open", async () => {
  const { state } = callAnswered(
    promptWritten(initialState(null), { id: "t1", line: "l", model: null }).state,
    "c1",
    "allow",
  );
  const failure = { kind: "crashed", message: "gone" } as const;
  expect(story(ended(state, failure).events)).toEqual(["finished badly: The turn end", "failed: crashed"]);
  expect(ended(initialState(null), failure).events).toEqual([]);
});
