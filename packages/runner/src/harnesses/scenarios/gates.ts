import assert from "node:assert/strict";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { GateAnswer } from "@tutti/core";
import { there } from "./processes.ts";
import { echoTool, type Performance, perform, type Scenario, type Stage } from "./stage.ts";

const allow: GateAnswer = { effect: "allow" };
const oneCall = (answer: "allow" | "deny", message: string) => [
  "opened",
  "turn started by prompt",
  "asks shell",
  `answers ${answer}`,
  ...(answer === "allow" ? ["tool started", "tool finished ok"] : []),
  `message ${message}`,
  "turn ended: completed",
  "closed",
];

/** What happens to tool calls at the gate. */
export const gates: readonly Scenario[] = [
  {
    name: "a tool call that the gate allows",
    async play(stage) {
      const performance = await perform(stage);
      await performance.turn("scenario: shell hello");
      await performance.close();
      const [call] = performance.calls;
      assert.ok(call);
      assert.match(call.command ?? "", /echo hello/);
      assert.equal(call.cwd, stage.cwd);
      assert.match(call.fingerprint, /^[0-9a-f]{64}$/);
      assert.equal(call.agent, undefined);
      assert.match(outputOf(performance), /hello/);
      return performance.timeline;
    },
    timeline: [
      "opened",
      "turn started by prompt",
      "message I will run a command.",
      "asks shell",
      "answers allow",
      "tool started",
      "tool finished ok",
      "message shell: ok",
      "turn ended: completed",
      "closed",
    ],
  },
  {
    name: "two tool calls in one answer, one allowed and one denied",
    async play(stage) {
      const performance = await perform(stage, {
        gate: ({ command }) =>
          command?.includes("both-1") ? allow : { effect: "deny", reason: "one is enough" },
      });
      await performance.turn("scenario: two both");
      await performance.close();
      // The two may be asked for at once or one after the other.
      return [...performance.timeline].sort();
    },
    timeline: [
      "answers allow",
      "answers deny",
      "asks shell",
      "asks shell",
      "closed",
      "message two: ok",
      "opened",
      "tool finished ok",
      "tool started",
      "turn ended: completed",
      "turn started by prompt",
    ],
  },
  {
    name: "a file edit, with its real path",
    async play(stage) {
      await mkdir(join(stage.cwd, "real"));
      await symlink("real", join(stage.cwd, "link"));
      const performance = await perform(stage);
      await performance.turn("scenario: write link/new.txt");
      await performance.close();
      assert.deepEqual(performance.calls[0]?.paths, [join(stage.cwd, "real/new.txt")]);
      assert.ok(await there(join(stage.cwd, "real/new.txt")));
      return performance.timeline;
    },
    timeline: [
      "opened",
      "turn started by prompt",
      "asks edit",
      "answers allow",
      "tool started",
      "tool finished ok",
      "message write: ok",
      "turn ended: completed",
      "closed",
    ],
  },
  {
    name: "a tool call that the gate denies",
    play: (stage) => denied(stage, () => ({ effect: "deny", reason: "Nothing is touched here." })),
    timeline: oneCall("deny", "touch: ok"),
  },
  {
    name: "a gate that breaks",
    play: async (stage) => await denied(stage, () => Promise.reject(new Error("the gate broke"))),
    timeline: oneCall("deny", "touch: ok").filter((line) => line !== "answers deny"),
  },
  {
    name: "a lent tool that the gate denies",
    async play(stage) {
      const performance = await perform(stage, {
        tools: [echoTool],
        gate: () => ({ effect: "deny", reason: "not now" }),
      });
      await performance.turn("scenario: lent hello");
      await performance.close();
      assert.deepEqual(performance.lent, []);
      return performance.timeline;
    },
    timeline: oneCall("deny", "lent: ok").map((line) => (line === "asks shell" ? "asks lent" : line)),
  },
  {
    name: "parked, and resumed in a new process with the person's answer",
    async play(stage) {
      const path = join(stage.cwd, "touched");
      const parked = await perform(stage, {
        gate: () => ({ effect: "deny", reason: "Waiting for a person; stop here." }),
      });
      await parked.turn(`scenario: touch ${path}`);
      await parked.close();
      assert.ok(!(await there(path)));

      const resumed = await perform(stage, { resume: { nativeId: parked.nativeId } });
      await resumed.turn(`A person allowed the call; make it again. scenario: again ${path}`);
      await resumed.close();
      assert.ok(await there(path));
      assert.equal(resumed.nativeId, parked.nativeId);
      assert.equal(resumed.calls[0]?.fingerprint, parked.calls[0]?.fingerprint);
      return [...parked.timeline, ...resumed.timeline];
    },
    timeline: [...oneCall("deny", "touch: ok"), ...oneCall("allow", "again: ok")],
  },
];

/** Longer than the 60 seconds after which vendors' own defaults give up. */
const HOLD_MS = 70_000;

/** A call that waits long for its answer. It takes its time: what it tests is a limit by the clock in others' programs. */
export const heldCall: Scenario = {
  name: "a tool call that the gate holds for 70 s",
  async play(stage) {
    const path = join(stage.cwd, "touched");
    const performance = await perform(stage, {
      gate: () =>
        new Promise((resolve) => {
          setTimeout(() => resolve(allow), HOLD_MS);
        }),
    });
    const turn = performance.turn(`scenario: touch ${path}`);
    await performance.reached("asks shell");
    assert.ok(!(await there(path)));
    await turn;
    await performance.close();
    assert.ok(await there(path));
    return performance.timeline;
  },
  timeline: oneCall("allow", "touch: ok"),
};

async function denied(
  stage: Stage,
  gate: () => GateAnswer | Promise<GateAnswer>,
): Promise<readonly string[]> {
  const path = join(stage.cwd, "touched");
  const performance = await perform(stage, { gate });
  await performance.turn(`scenario: touch ${path}`);
  await performance.close();
  assert.ok(!(await there(path)), "the command did not run");
  return performance.timeline;
}

function outputOf({ events }: Performance): string {
  return events.flatMap((event) => (event.type === "tool.finished" ? [event.output] : [])).join("\n");
}
