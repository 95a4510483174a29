import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImageContent } from "@tutti/core";
import { picture } from "./picture.ts";
import { appeared, crash, gone, lives, marked, onThisMachine, writtenDown } from "./processes.ts";
import { perform, type Scenario } from "./stage.ts";

const steered = [
  "opened",
  "turn started by prompt",
  "asks shell",
  "answers allow",
  "tool started",
  "tool finished ok",
  "message steered: ok",
  "turn ended: completed",
  "closed",
];

/** What happens when somebody, or something, steps into a turn. */
export const interventions: readonly Scenario[] = [
  {
    name: "steer",
    shows: { steer: true },
    async play(stage) {
      const path = join(stage.cwd, "go");
      const performance = await perform(stage);
      assert.equal(await performance.session.steer("too early"), false);
      await performance.start(`scenario: steer ${path}`);
      await performance.reached("tool started");
      assert.equal(await performance.session.steer("please steer"), true);
      await writeFile(path, "");
      await performance.reached("turn ended: completed");
      assert.equal(await performance.session.steer("too late"), false);
      await performance.close();
      return performance.timeline;
    },
    timeline: steered,
  },
  {
    name: "images, with a prompt and with a word for a running turn",
    shows: { images: true },
    async play(stage) {
      const path = join(stage.cwd, "go");
      const performance = await perform(stage);
      const [first, second] = [picture(255), picture(0)];
      await performance.session.prompt({ id: "shown", text: `scenario: steer ${path}`, images: [first] });
      await performance.reached("tool started");
      assert.equal(await performance.session.steer("please steer", [second]), true);
      await writeFile(path, "");
      await performance.reached("turn ended: completed");
      await performance.close();
      const asked = stage.models.requests().map(({ body }) => JSON.stringify(body));
      const holding = ({ data }: ImageContent) => asked.findIndex((body) => body.includes(data));
      assert.notEqual(holding(first), -1, "the prompt's image reached the model");
      assert.ok(holding(second) > holding(first), "the later image reached the model after it");
      return performance.timeline;
    },
    timeline: steered,
  },
  {
    name: "interrupt in the middle of a command, and go on",
    shows: { interrupt: true },
    async play(stage) {
      const path = join(stage.cwd, "pid");
      const performance = await perform(stage);
      await performance.start(`scenario: interrupt ${path}`);
      const pid = await onThisMachine(performance.marker, Number(await appeared(path)));
      assert.ok(await lives(pid));
      await performance.session.interrupt();
      assert.ok(await gone(pid), "the command is gone");
      await performance.turn("scenario: after-interrupt");
      await performance.close();
      return performance.timeline;
    },
    timeline: [
      "opened",
      "turn started by prompt",
      "asks shell",
      "answers allow",
      "tool started",
      "tool finished badly",
      "turn ended: interrupted",
      "turn started by prompt",
      "message after-interrupt: ok",
      "turn ended: completed",
      "closed",
    ],
  },
  {
    name: "interrupt while the model speaks",
    async play(stage) {
      const performance = await perform(stage);
      await performance.start("scenario: endless");
      await performance.seen(({ type }) => type === "delta");
      await performance.session.interrupt();
      await performance.reached("turn ended: interrupted");
      await performance.session.interrupt();
      await performance.turn("scenario: after-interrupt");
      await performance.close();
      return performance.timeline.filter((line) => !line.startsWith("message tick"));
    },
    timeline: [
      "opened",
      "turn started by prompt",
      "turn ended: interrupted",
      "turn started by prompt",
      "message after-interrupt: ok",
      "turn ended: completed",
      "closed",
    ],
  },
  {
    name: "interrupt while the gate holds a call",
    async play(stage) {
      const path = join(stage.cwd, "touched");
      const performance = await perform(stage, {
        gate: (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(new Error("given up")));
          }),
      });
      await performance.start(`scenario: touch ${path}`);
      await performance.reached("asks shell");
      await performance.session.interrupt();
      await performance.turn("scenario: after-interrupt");
      await performance.close();
      return performance.timeline;
    },
    timeline: [
      "opened",
      "turn started by prompt",
      "asks shell",
      "turn ended: interrupted",
      "turn started by prompt",
      "message after-interrupt: ok",
      "turn ended: completed",
      "closed",
    ],
  },
  {
    name: "SIGKILL in the middle of a command, and resume",
    shows: { resume: true },
    async play(stage) {
      const path = join(stage.cwd, "pid");
      const killed = await perform(stage);
      await killed.start(`scenario: kill ${path}`);
      const pid = await onThisMachine(killed.marker, Number(await appeared(path)));
      // A harness writes its history down in its own time; what it has not written yet, no resumed session can know.
      await writtenDown(String(stage.environment.HOME), `${path}.part`);
      await crash(killed.marker);
      await killed.closed();
      assert.ok(await gone(pid), "the command is gone");
      assert.deepEqual(await marked(killed.marker), []);

      const resumed = await perform(stage, { resume: { nativeId: killed.nativeId } });
      await resumed.turn("Go on, please.");
      await resumed.close();
      assert.equal(resumed.nativeId, killed.nativeId);
      return [...killed.timeline, ...resumed.timeline];
    },
    timeline: [
      "opened",
      "turn started by prompt",
      "asks shell",
      "answers allow",
      "tool started",
      "tool finished badly",
      "turn ended: failed (crashed)",
      "closed (crashed)",
      "opened",
      "turn started by prompt",
      "asks shell",
      "answers allow",
      "tool started",
      "tool finished ok",
      "message kill: resumed ok",
      "turn ended: completed",
      "closed",
    ],
  },
  {
    name: "fork",
    shows: { fork: true },
    async play(stage) {
      const path = join(stage.cwd, "first");
      const original = await perform(stage);
      await original.turn(`scenario: touch ${path}`);
      await original.close();

      const copy = await perform(stage, { resume: { nativeId: original.nativeId, fork: true } });
      await copy.turn("Go on, please.");
      await copy.close();
      assert.notEqual(copy.nativeId, original.nativeId);
      return copy.timeline;
    },
    // The copy has the history: its model goes on where the original's part had ended.
    timeline: ["opened", "turn started by prompt", "message Done.", "turn ended: completed", "closed"],
  },
  {
    name: "the program crashes while the model speaks",
    async play(stage) {
      const performance = await perform(stage);
      await performance.start("scenario: endless");
      await performance.seen(({ type }) => type === "delta");
      await crash(performance.marker);
      await performance.closed();
      assert.equal(await performance.session.steer("anybody?"), false);
      await performance.session.interrupt();
      await performance.session.close();
      assert.deepEqual(await marked(performance.marker), []);
      return performance.timeline.filter((line) => !line.startsWith("message tick"));
    },
    timeline: ["opened", "turn started by prompt", "turn ended: failed (crashed)", "closed (crashed)"],
  },
  {
    name: "closed by its signal in the middle of a command",
    async play(stage) {
      const path = join(stage.cwd, "pid");
      const stop = new AbortController();
      const performance = await perform(stage, { signal: stop.signal });
      await performance.start(`scenario: interrupt ${path}`);
      const pid = await onThisMachine(performance.marker, Number(await appeared(path)));
      stop.abort();
      await performance.closed();
      assert.ok(await gone(pid), "the command is gone");
      assert.deepEqual(await marked(performance.marker), []);
      return performance.timeline;
    },
    timeline: [
      "opened",
      "turn started by prompt",
      "asks shell",
      "answers allow",
      "tool started",
      "tool finished badly",
      "turn ended: interrupted",
      "closed",
    ],
  },
];
