import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import {
  boundText,
  type GateAnswer,
  type Harness,
  type HarnessEvent,
  type HarnessFailure,
  type ImageContent,
  type LentToolAnswer,
  type OpenOptions,
  type Prompt,
  type ToolCall,
} from "@tutti/core";
import { eventQueue } from "../../process/event-queue.ts";
import { realPath } from "../../process/real-path.ts";
import { runCommand } from "../../process/run-command.ts";
import { type Script, type Step, scriptOf, stepsFor } from "./script.ts";
import { toolCallOf, translate } from "./translate.ts";

const MODEL = "fake-1";
const OUTPUT_LIMIT = 64 * 1024;

/** A harness without an agent: it plays scripts. It is there only where the environment sets TUTTI_FAKE_HARNESS. */
export const fake: Harness = {
  descriptor: {
    id: "fake",
    title: "Fake",
    mark: "F",
    form: "cut",
    vendor: null,
    forTests: true,
    capabilities: {
      streaming: true,
      reasoning: true,
      steer: true,
      images: true,
      interrupt: true,
      resume: true,
      fork: true,
      model: "per-turn",
      usage: true,
      cost: "reported",
      lentTools: true,
      wires: [],
    },
    install: "export TUTTI_FAKE_HARNESS=1",
    login: "export TUTTI_FAKE_HARNESS=1",
  },
  async find(environment) {
    return environment.TUTTI_FAKE_HARNESS ? { path: process.execPath, version: "1.0.0" } : undefined;
  },
  async login(_installation, environment) {
    const script = readScript(environment);
    return { found: script.ok && script.script.login, where: "TUTTI_FAKE_SCRIPT" };
  },
  async open(options) {
    const failed = (failure: HarnessFailure) => ({ ok: false as const, failure });
    if (!options.environment.TUTTI_FAKE_HARNESS)
      return failed({ kind: "missing", message: "set TUTTI_FAKE_HARNESS" });
    const read = readScript(options.environment);
    if (!read.ok) return failed({ kind: "settings", message: read.message });
    if (!read.script.login)
      return failed({ kind: "not-logged-in", message: "the script says that nobody is logged in" });
    return read.script.open
      ? failed(read.script.open)
      : { ok: true, session: openSession(options, read.script) };
  },
};

function readScript(environment: OpenOptions["environment"]) {
  try {
    return { ok: true as const, script: scriptOf(environment) };
  } catch (cause) {
    return { ok: false as const, message: `TUTTI_FAKE_SCRIPT: ${messageOf(cause)}` };
  }
}

interface Turn {
  readonly id: string;
  readonly model: string;
  readonly stop: AbortController;
  /** Texts that reached the turn and were not said back yet, and who waits for one. */
  readonly steers: string[];
  steered(): void;
  over: Promise<void>;
}

function openSession(options: OpenOptions, script: Script) {
  const queue = eventQueue<HarnessEvent>();
  let model = options.model ?? MODEL;
  let running: Turn | undefined;
  const { resume } = options;
  queue.push({
    type: "opened",
    nativeId: resume && !resume.fork ? resume.nativeId : randomUUID(),
    version: options.installation.version,
    model,
    route: options.provider ? "provider" : "own",
  });

  async function play(turn: Turn, text: string): Promise<void> {
    queue.push({ type: "turn.started", turn: turn.id, origin: "prompt", model: turn.model });
    const failure = await failureOf(turn, text);
    if (failure) queue.push({ type: "turn.ended", turn: turn.id, status: "failed", failure });
    else
      queue.push({
        type: "turn.ended",
        turn: turn.id,
        status: turn.stop.signal.aborted ? "interrupted" : "completed",
      });
    running = undefined;
  }

  async function failureOf(turn: Turn, text: string): Promise<HarnessFailure | undefined> {
    try {
      for (const [index, step] of stepsFor(script, text, options.systemPrompt ?? "").entries()) {
        if (turn.stop.signal.aborted) return undefined;
        if ("fail" in step) return step.fail;
        if ("crash" in step) {
          const failure: HarnessFailure = { kind: "crashed", message: step.crash };
          queue.push({ type: "turn.ended", turn: turn.id, status: "failed", failure });
          queue.end({ type: "closed", failure });
          return failure;
        }
        await perform(step, turn, `${turn.id}/${index + 1}`);
      }
      return undefined;
    } catch (cause) {
      return { kind: "other", message: messageOf(cause) };
    }
  }

  async function perform(step: Step, turn: Turn, id: string): Promise<void> {
    for (const event of translate(step, { id, model: turn.model })) queue.push(event);
    if ("wait" in step) return wait(step.wait, turn, id);
    const path = "write" in step ? step.write.path : "read" in step ? step.read : undefined;
    const real = path === undefined ? undefined : await realPath(path, options.cwd);
    const call = toolCallOf(step, { id, cwd: options.cwd, model: turn.model, tools: options.tools }, real);
    if (!call) return;
    const answer = await untilAborted(ask(call, turn), turn.stop.signal);
    if (answer?.effect !== "allow") {
      if (answer)
        for (const event of translate({ say: `Denied: ${answer.reason}` }, { id: `${id}/denied`, model }))
          queue.push(event);
      return;
    }
    queue.push({ type: "tool.started", call: id });
    const { ok, text } = await carryOut(step, call, real, turn.stop.signal);
    queue.push({ type: "tool.finished", call: id, ok, output: boundText(text, OUTPUT_LIMIT).text });
  }

  async function ask(call: ToolCall, turn: Turn): Promise<GateAnswer> {
    try {
      return await options.authorize(call, turn.stop.signal);
    } catch (cause) {
      return { effect: "deny", reason: messageOf(cause) };
    }
  }

  async function carryOut(
    step: Step,
    call: ToolCall,
    path: string | undefined,
    signal: AbortSignal,
  ): Promise<LentToolAnswer> {
    try {
      if ("shell" in step) {
        const { marker, cwd, environment } = options;
        const outcome = await runCommand({
          command: step.shell,
          cwd,
          env: { ...environment },
          marker,
          timeoutMs: 3_600_000,
          signal,
        });
        return { ok: outcome.exitCode === 0, text: outcome.failure?.message ?? outcome.output };
      }
      if ("write" in step && path !== undefined) {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, step.write.content);
        return { ok: true, text: `wrote ${path}` };
      }
      if ("read" in step && path !== undefined) return { ok: true, text: await readFile(path, "utf8") };
      if ("call" in step && call.kind === "lent")
        return await options.callTool({ id: call.id, tool: step.call.tool, input: step.call.input });
      return { ok: false, text: `there is no tool named ${call.name}` };
    } catch (cause) {
      return { ok: false, text: messageOf(cause) };
    }
  }

  /** Says what images it was shown. */
  function show(images: readonly ImageContent[] = [], id: string): void {
    for (const [index, { type, data }] of images.entries()) {
      const say = `Saw ${type}, ${Buffer.from(data, "base64").length} bytes`;
      for (const event of translate({ say }, { id: `${id}/image-${index}`, model })) queue.push(event);
    }
  }

  async function wait(what: "steer" | "interrupt", turn: Turn, id: string): Promise<void> {
    const { signal } = turn.stop;
    if (what === "interrupt") return void (await untilAborted(new Promise<never>(() => {}), signal));
    if (turn.steers.length === 0)
      await untilAborted(
        new Promise<void>((resolve) => {
          turn.steered = resolve;
        }),
        signal,
      );
    const said = turn.steers.splice(0).join("\n");
    if (said) for (const event of translate({ say: said }, { id, model })) queue.push(event);
  }

  async function close(): Promise<void> {
    running?.stop.abort();
    await running?.over;
    queue.end({ type: "closed" });
    options.signal?.removeEventListener("abort", close);
  }
  options.signal?.addEventListener("abort", close);
  if (options.signal?.aborted) void close();

  return {
    events: queue.events,
    async prompt(turn: Prompt) {
      if (queue.ended) throw new Error("the session is closed");
      if (running) throw new Error(`turn ${running.id} still runs`);
      model = turn.model ?? model;
      const started: Turn = {
        id: turn.id,
        model,
        stop: new AbortController(),
        steers: [],
        steered: () => {},
        over: Promise.resolve(),
      };
      running = started;
      show(turn.images, turn.id);
      started.over = play(started, turn.text);
    },
    async steer(text: string, images?: readonly ImageContent[]) {
      if (!running) return false;
      show(images, `${running.id}/steer-${running.steers.length}`);
      running.steers.push(text);
      running.steered();
      return true;
    },
    async interrupt() {
      running?.stop.abort();
      await running?.over;
    },
    close,
  };
}

/** What a promise gives, or undefined when the signal comes first. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  const aborted = Promise.withResolvers<undefined>();
  const abort = () => aborted.resolve(undefined);
  signal.addEventListener("abort", abort);
  return Promise.race([promise, aborted.promise]).finally(() => signal.removeEventListener("abort", abort));
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
