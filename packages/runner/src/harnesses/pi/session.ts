import type {
  GateAnswer,
  HarnessEvent,
  HarnessFailure,
  HarnessSession,
  ImageContent,
  Opened,
  OpenOptions,
  Prompt,
} from "@tutti/core";
import { eventQueue } from "../../process/event-queue.ts";
import { realPath } from "../../process/real-path.ts";
import type { ChildTree } from "../../process/spawn.ts";
import { sweepMarker } from "../../process/sweep.ts";
import type { ChannelTitle, GateReply, ToolReply } from "./channel.ts";
import { failureOfStart, failureOfTurn } from "./failures.ts";
import { launch, providerName } from "./launch.ts";
import { isMetered } from "./metered.ts";
import { projectNamesCommands, routeOf } from "./program.ts";
import { connect, type PiConnection } from "./rpc.ts";
import { type AskedCall, pathOf, toolCallOf } from "./tool-call.ts";
import { ended, started, type TurnState, translate, turnState } from "./translate.ts";
import {
  modelsSchema,
  type PiEvent,
  type PiLineOf,
  type PiModel,
  readQuestion,
  stateSchema,
} from "./wire.ts";

/** How long Pi may take to get ready, and to end a turn that is interrupted. */
const START_LIMIT_MS = 60_000;
const INTERRUPT_LIMIT_MS = 15_000;

const title: ChannelTitle = "tutti";

/** The turn that runs. */
interface RunningTurn {
  state: TurnState;
  /** Carried by everything that the turn's commands start. */
  marker: string;
  /** Settles when Pi took the prompt, or did not. */
  accepted: Promise<void>;
  interrupted: boolean;
  /** Texts that Pi holds back until the model can hear them. */
  steering: readonly string[];
  /** What went along with texts for the turn: given again with one that came too late for it. */
  images: ImageContent[];
  /** By call: ends the question at the gate that nobody waits for any more. */
  gates: Map<string, AbortController>;
  over: PromiseWithResolvers<void>;
}

/** Starts Pi with our extension and makes sure that it is there. See `Harness.open`. */
export async function openSession(options: OpenOptions): Promise<Opened> {
  if (options.provider && options.model === undefined)
    return failed({ kind: "model", message: "Name a model: a model provider of your own has no default." });
  const warnings: string[] = [];
  const trustsProject = !(await projectNamesCommands(options.cwd));
  if (!trustsProject)
    warnings.push(
      "The project's .pi/settings.json names commands that no gate would see: its .pi is ignored.",
    );
  const launched = await launch(options, { trustsProject });
  if (!launched.ok) {
    const { kind, message } = launched.reason;
    return failed({ kind: kind === "missing-binary" ? "missing" : "other", message });
  }
  const session = new PiSession(options, launched.tree, await realPath(options.cwd, "/"));
  return session.open(warnings);
}

const failed = (failure: HarnessFailure): Opened => ({ ok: false, failure });

/** One process of Pi, from its start to its end. */
class PiSession implements HarnessSession {
  readonly events: AsyncIterable<HarnessEvent>;
  private readonly options: OpenOptions;
  private readonly tree: ChildTree;
  private readonly cwd: string;
  private readonly lent: ReadonlySet<string>;
  private readonly queue = eventQueue<HarnessEvent>();
  private readonly pi: PiConnection;
  private readonly gone: Promise<void>;
  private greeted = false;
  private closing = false;
  /** Why we ended Pi ourselves. */
  private fault: HarnessFailure | undefined;
  private model: PiModel | undefined;
  /** Whether what the model uses is paid for by use. */
  private metered = true;
  private turn: RunningTurn | undefined;
  private turns = 0;

  constructor(options: OpenOptions, tree: ChildTree, cwd: string) {
    this.options = options;
    this.tree = tree;
    this.cwd = cwd;
    this.lent = new Set(options.tools.map(({ name }) => name));
    this.events = this.queue.events;
    this.pi = connect(tree, {
      hear: (event) => this.hear(event),
      garbage: (text) => this.giveUp({ kind: "crashed", message: `Pi spoke garbage: ${text.slice(0, 200)}` }),
      room: () => (this.fault || this.closing ? Promise.resolve() : this.queue.room()),
    });
    this.gone = this.pi.silent
      .catch((cause: unknown) => this.giveUp({ kind: "other", message: messageOf(cause) }))
      .then(() => this.end());
  }

  /** Waits until Pi is ready, with our extension in it. */
  async open(warnings: readonly string[]): Promise<Opened> {
    const { signal, installation, provider, environment } = this.options;
    signal?.addEventListener("abort", this.onAbort);
    if (signal?.aborted) this.onAbort();
    const late: HarnessFailure = { kind: "crashed", message: "Pi did not get ready." };
    const limit = setTimeout(() => this.giveUp(late), START_LIMIT_MS);
    const response = await this.pi.request({ type: "get_state" });
    clearTimeout(limit);
    const state = response.ok ? stateSchema.safeParse(response.data).data : undefined;
    if (!state || !this.greeted || this.closing) {
      const closed = this.closing;
      await this.close();
      const ungated = "Pi runs without Tutti's extension, so that its calls can't be gated.";
      if (closed) return failed({ kind: "other", message: "The session was closed while it opened." });
      if (state) return failed({ kind: "gate", message: ungated });
      return failed(this.fault ?? failureOfStart(this.tree.stderrTail()));
    }
    this.model = state.model ?? undefined;
    const route = provider ? "provider" : await routeOf(this.model, environment);
    this.metered = route !== "own" || (await isMetered(this.model, environment));
    this.queue.push({
      type: "opened",
      nativeId: state.sessionId,
      version: installation.version,
      model: this.model?.id ?? null,
      route,
    });
    // Settings that can't be read, a session whose history is gone: Pi says so and goes on.
    const said = this.tree
      .stderrTail()
      .split("\n")
      .filter((line) => line.startsWith("Warning: "));
    for (const text of [...warnings, ...said]) this.queue.push({ type: "notice", level: "warning", text });
    return { ok: true, session: this };
  }

  private readonly onAbort = () => void this.close();

  async prompt({ id, text, images, model }: Prompt): Promise<void> {
    if (this.closing || this.queue.ended) throw new Error("the session is closed");
    if (this.turn) throw new Error(`turn ${this.turn.state.turn} still runs`);
    const turn = this.begin(id, "prompt", model);
    turn.accepted = this.send(turn, {
      text,
      ...(images && { images }),
      ...(model !== undefined && { model }),
    });
    await turn.accepted;
  }

  private begin(id: string, origin: "prompt" | "background", model?: string): RunningTurn {
    const turn: RunningTurn = {
      state: turnState(id, this.metered),
      marker: `${this.options.marker}/turn-${++this.turns}`,
      accepted: Promise.resolve(),
      interrupted: false,
      steering: [],
      images: [],
      gates: new Map(),
      over: Promise.withResolvers(),
    };
    this.turn = turn;
    this.queue.push({ type: "turn.started", turn: id, origin, ...(model !== undefined && { model }) });
    return turn;
  }

  private async send(
    turn: RunningTurn,
    { text, images, model }: Pick<Prompt, "text" | "images" | "model">,
  ): Promise<void> {
    const problem = model === undefined ? undefined : await this.choose(model);
    if (problem !== undefined) {
      this.finish(turn, { failure: { kind: "model", message: problem } });
      return;
    }
    turn.state = { ...turn.state, metered: this.metered };
    const response = await this.pi.request({ type: "prompt", message: plain(text), ...along(images) });
    if (!response.ok) this.finish(turn, { failure: failureOfTurn(response.error) });
  }

  /** Makes Pi use a model from the next prompt on. Answers what stands in the way, if anything does. */
  private async choose(wanted: string): Promise<string | undefined> {
    const ours = this.options.provider !== undefined;
    if (ours) await this.pi.request({ type: "prompt", message: `/tutti-model ${wanted}` });
    const listed = await this.pi.request({ type: "get_available_models" });
    const models = listed.ok ? (modelsSchema.safeParse(listed.data).data?.models ?? []) : [];
    const fitting = models.filter(
      ({ id, provider }) =>
        (!ours || provider === providerName) && (id === wanted || `${provider}/${id}` === wanted),
    );
    const model = fitting.find(({ provider }) => provider === this.model?.provider) ?? fitting[0];
    if (!model) return `Pi has no model ${wanted} that it is logged in for.`;
    const { provider, id: modelId } = model;
    const response = await this.pi.request({ type: "set_model", provider, modelId });
    if (!response.ok) return response.error;
    this.model = model;
    this.metered =
      ours ||
      (await routeOf(model, this.options.environment)) !== "own" ||
      (await isMetered(model, this.options.environment));
    return undefined;
  }

  async steer(text: string, images?: readonly ImageContent[]): Promise<boolean> {
    const { turn } = this;
    if (!turn || turn.interrupted) return false;
    await turn.accepted;
    if (this.turn !== turn) return false;
    const response = await this.pi.request({ type: "steer", message: plain(text), ...along(images) });
    if (!response.ok) return false;
    if (images) turn.images.push(...images);
    if (this.turn === turn) return true;
    await this.pi.request({ type: "clear_queue" });
    return false;
  }

  async interrupt(): Promise<void> {
    const { turn } = this;
    if (!turn) return;
    if (!turn.interrupted) await this.stop(turn);
    await turn.over.promise;
  }

  private async stop(turn: RunningTurn): Promise<void> {
    turn.interrupted = true;
    for (const gate of turn.gates.values()) gate.abort();
    const late: HarnessFailure = {
      kind: "crashed",
      message: "Pi did not end the turn that was interrupted.",
    };
    const limit = setTimeout(() => this.giveUp(late), INTERRUPT_LIMIT_MS);
    void turn.over.promise.then(() => clearTimeout(limit));
    await turn.accepted;
    if (this.turn !== turn) return;
    await this.pi.request({ type: "clear_queue" });
    await this.pi.request({ type: "abort" });
  }

  async close(): Promise<void> {
    this.closing = true;
    for (const gate of this.turn?.gates.values() ?? []) gate.abort();
    this.tree.stdin.end();
    void this.tree.kill();
    await this.gone;
  }

  /** Ends Pi for a reason of ours. */
  private giveUp(fault: HarnessFailure): void {
    this.fault ??= fault;
    void this.tree.kill({ graceMs: 0 });
  }

  private hear(event: PiEvent): void {
    if (this.fault) return;
    switch (event.type) {
      case "extension_ui_request":
        this.answer(event);
        break;
      case "agent_start":
        if (!this.turn && !this.closing)
          this.begin(`${this.options.marker}/background-${this.turns + 1}`, "background");
        break;
      case "agent_settled":
        this.settle();
        break;
      case "queue_update":
        if (this.turn) this.turn.steering = event.steering;
        break;
      default:
        if (this.turn) this.tell(event, this.turn);
    }
  }

  private tell(event: PiEvent, turn: RunningTurn): void {
    if (event.type === "tool_execution_end") turn.gates.get(event.toolCallId)?.abort();
    const runs =
      event.type === "tool_execution_update" || (event.type === "tool_execution_end" && !event.isError);
    if (runs && !turn.state.running.has(event.toolCallId)) {
      this.giveUp({ kind: "gate", message: `${event.toolName} ran without having passed the gate.` });
      return;
    }
    const { state, events } = translate(turn.state, event);
    turn.state = state;
    for (const each of events) this.queue.push(each);
  }

  /** Answers what an extension asks the person: our own questions, and nothing else. */
  private answer(request: PiLineOf<"extension_ui_request">): void {
    const { id, method, placeholder = "", statusKey, statusText } = request;
    const ours = request.title === title && method === "input";
    if (ours)
      void this.reply(placeholder).then((value) => this.pi.answer(id, { value: JSON.stringify(value) }));
    else if (["select", "confirm", "input", "editor"].includes(method))
      this.pi.answer(id, { cancelled: true });
    else if (statusKey === title && statusText === this.options.marker) this.greeted = true;
  }

  private async reply(text: string): Promise<GateReply | ToolReply> {
    const question = readQuestion(text);
    const { turn } = this;
    if (!question || !turn) return { effect: "deny", reason: "No turn runs." };
    return question.ask === "gate" ? this.gate(question, turn) : this.carryOut(question, turn);
  }

  private async gate(asked: AskedCall, turn: RunningTurn): Promise<GateReply> {
    const written = pathOf(asked, this.options.environment);
    const path = written === undefined ? undefined : await realPath(written, this.cwd);
    const call = toolCallOf(asked, { cwd: this.cwd, lent: this.lent, ...(path !== undefined && { path }) });
    if (turn.interrupted || this.closing || this.turn !== turn)
      return { effect: "deny", reason: "The turn is ending." };

    const gate = new AbortController();
    turn.gates.set(asked.id, gate);
    let answer: GateAnswer;
    try {
      answer = await this.options.authorize(call, gate.signal);
    } catch (cause) {
      answer = { effect: "deny", reason: messageOf(cause) };
    }
    turn.gates.delete(asked.id);
    if (answer.effect !== "allow") return { effect: "deny", reason: answer.reason };
    if (gate.signal.aborted || this.turn !== turn)
      return { effect: "deny", reason: "The answer came too late." };

    const { state, events } = started(turn.state, asked.id);
    turn.state = state;
    for (const event of events) this.queue.push(event);
    return { effect: "allow", marker: turn.marker, ...(path !== undefined && { path }) };
  }

  private async carryOut({ id, name, input }: AskedCall, turn: RunningTurn): Promise<ToolReply> {
    if (!turn.state.running.has(id) || !this.lent.has(name))
      return { ok: false, text: `${name} did not pass the gate.` };
    try {
      return await this.options.callTool({ id, tool: name, input });
    } catch (cause) {
      return { ok: false, text: messageOf(cause) };
    }
  }

  /** Pi will not go on by itself. A text that came just too late for it still belongs to the turn. */
  private settle(): void {
    const { turn } = this;
    if (!turn) return;
    if (turn.interrupted) void sweepMarker(turn.marker).then(() => this.finish(turn, { interrupted: true }));
    else if (turn.steering.length > 0) {
      const text = turn.steering.join("\n\n");
      const images = turn.images.splice(0);
      turn.accepted = this.pi.request({ type: "clear_queue" }).then(() => this.send(turn, { text, images }));
    } else this.finish(turn, "settled");
  }

  private finish(turn: RunningTurn, how: Parameters<typeof ended>[1]): void {
    if (this.turn !== turn) return;
    this.turn = undefined;
    for (const event of ended(turn.state, how)) this.queue.push(event);
    turn.over.resolve();
  }

  /** Pi is gone: nothing of it may live on, and everything that was open gets its end. */
  private async end(): Promise<void> {
    const { marker, signal } = this.options;
    const exit = await this.tree.exited;
    await sweepMarker(marker, { below: true });
    signal?.removeEventListener("abort", this.onAbort);

    const words = this.tree.stderrTail().trim().slice(-2_000);
    const how = exit.signal ?? `exit code ${exit.code}`;
    const crash: HarnessFailure = {
      kind: "crashed",
      message: `Pi ended by itself (${how})${words && `: ${words}`}`,
    };
    const failure = this.fault ?? (this.closing ? undefined : crash);
    const { turn } = this;
    if (turn) {
      for (const gate of turn.gates.values()) gate.abort();
      const asked = turn.interrupted && failure?.kind !== "gate";
      this.finish(turn, failure && !asked ? { failure } : { interrupted: true });
    }
    this.pi.abandon();
    this.queue.end({ type: "closed", ...(failure && { failure }) });
  }
}

/** Images as Pi takes them beside a message. */
const along = (images: readonly ImageContent[] = []) =>
  images.length === 0
    ? {}
    : { images: images.map(({ type, data }) => ({ type: "image", data, mimeType: type })) };

/** Pi takes a slash at the very start for a command of its own; what we send is text. */
function plain(text: string): string {
  return text.startsWith("/") ? ` ${text}` : text;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
