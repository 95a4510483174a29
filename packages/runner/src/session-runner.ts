/** Follows one session's log on the machine that holds its lease: plays its open turn and does its work. */
import { mkdir, rm } from "node:fs/promises";
import { homedir } from "node:os";
import {
  type ApprovalState,
  type Command,
  type ConfinementWish,
  fold,
  type Image,
  type ImageContent,
  isPending,
  type LoggedEvent,
  type OpenTurn,
  openPushes,
  pendingWork,
  type Sent,
  type SessionState,
  type ToolCall,
  type WorkRequest,
  type WorkResult,
} from "@tutti/core";
import { forgetSession, type Held, hold, wishOf } from "./confined-holding.ts";
import { commandsName } from "./confined-work.ts";
import type { ConfinementHere } from "./confinement/index.ts";
import { openOutbox } from "./outbox.ts";
import type { Seat, Seating } from "./seating.ts";
import { SessionGate } from "./session-gate.ts";
import { type PlayedTurn, playTurn, type TurnPorts } from "./turn.ts";
import { rescueWorktree } from "./workspace/rescue.ts";

/** What work is done with beside its request. */
export interface WorkAsked {
  /** Abort ends its commands. */
  signal: AbortSignal;
  /** Whether the project's commands are to be confined. */
  wish: ConfinementWish;
}

export interface SessionRunnerPorts {
  send(session: string, commands: readonly Command[]): Promise<readonly Sent[]>;
  load(session: string): Promise<SessionState>;
  delta(session: string, delta: Parameters<TurnPorts["delta"]>[0]): void;
  work(session: string, request: WorkRequest, asked: WorkAsked): Promise<WorkResult>;
  image(image: Image): Promise<ImageContent>;
  newId(prefix: string): string;
  log(message: string, error?: unknown): void;
}

export interface SessionRunnerOptions {
  ports: SessionRunnerPorts;
  seating: Seating;
  environment: Readonly<Record<string, string | undefined>>;
  /** Tutti's own folder on this machine. */
  stateFolder: string;
  /** Whether programs can be confined on this machine. */
  here(): Promise<ConfinementHere>;
  /** A short private folder for the session's sockets and files. Made when a turn is played, removed after it. */
  folder: string;
  marker: string;
  holdMs: number;
}

export class SessionRunner {
  private state: SessionState;
  private playing: PlayedTurn | undefined;
  /** The last turn that was played here. The log may not yet show that it has ended. */
  private played = "";
  private interrupted = false;
  private readonly stopping = new AbortController();
  private readonly doing = new Map<string, Promise<void>>();
  private readonly steered = new Set<string>();
  private readonly waiting = new Map<string, (approval: ApprovalState) => void>();
  private readonly send: (command: Command) => Promise<Sent>;
  private readonly options: SessionRunnerOptions;
  private readonly gate: SessionGate;

  private constructor(state: SessionState, options: SessionRunnerOptions) {
    this.state = state;
    this.options = options;
    this.send = openOutbox((commands) => options.ports.send(state.id, commands));
    const { stateFolder, environment, marker, ports } = options;
    this.gate = new SessionGate({
      stateFolder,
      folder: `${options.folder}g`,
      environment,
      marker,
      state: () => this.state,
      send: this.send,
      newId: ports.newId,
      log: ports.log,
    });
  }

  /** Takes up a session where its log stands. A turn that an earlier host began is lost: its harness is gone. */
  static async takeUp(session: string, options: SessionRunnerOptions): Promise<SessionRunner> {
    const runner = new SessionRunner(await options.ports.load(session), options);
    const { turn } = runner.state;
    if (turn?.begun) {
      const failure = {
        kind: "lost" as const,
        message: "the machine's host stopped while the turn was open",
      };
      await runner.send({ type: "turn.end", turn: turn.id, status: "failed", failure });
      runner.state = await options.ports.load(session);
    }
    runner.react();
    return runner;
  }

  get session(): string {
    return this.state.id;
  }

  /** Nothing is open, nothing runs: the runner may be forgotten. */
  get idle(): boolean {
    return (
      this.playing === undefined &&
      this.doing.size === 0 &&
      this.state.turn === null &&
      openPushes(this.state).length === 0 &&
      pendingWork(this.state).length === 0
    );
  }

  async observe(logged: LoggedEvent): Promise<void> {
    if (logged.seq <= this.state.seq) return;
    const next = logged.seq === this.state.seq + 1 ? fold(this.state, logged) : undefined;
    this.state = next ?? (await this.options.ports.load(this.session));
    this.react();
  }

  /** Ends what runs here; the turn is lost and may be taken up again. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.playing?.abandon();
    await this.playing?.done;
    await this.gate.close();
    await Promise.all(this.doing.values());
  }

  /** Gives up what an idle session still holds. */
  async rest(): Promise<void> {
    await this.gate.close();
    if (this.state.closed !== null) await forgetSession(this.options.stateFolder, this.session);
  }

  private react(): void {
    if (this.stopping.signal.aborted) return;
    for (const { id, request } of pendingWork(this.state))
      if (!this.doing.has(id)) this.doing.set(id, this.work(id, request));
    for (const [id, answered] of this.waiting) {
      const approval = this.state.approvals[id];
      if (approval && !isPending(approval)) {
        this.waiting.delete(id);
        answered(approval);
      }
    }
    this.gate.observe();
    const { turn } = this.state;
    if (!turn) return;
    if (!this.playing && !turn.begun && turn.id !== this.played) this.play(turn.id);
    if (!this.playing) return;
    for (const steer of turn.steers) this.steer(steer);
    if (turn.interruptRequested && !this.interrupted) {
      this.interrupted = true;
      this.playing.interrupt().catch((error) => this.options.ports.log("an interrupt failed", error));
    }
  }

  private async work(id: string, request: WorkRequest): Promise<void> {
    const result = await this.options.ports.work(this.session, request, {
      signal: this.stopping.signal,
      wish: wishOf(this.state),
    });
    if (result.type === "workspace.closed" && "task" in request)
      await forgetSession(this.options.stateFolder, commandsName(this.session, request.task));
    if (!this.stopping.signal.aborted) await this.send({ type: "work.finish", work: id, result });
    this.doing.delete(id);
  }

  private play(turn: string): void {
    this.interrupted = false;
    this.played = turn;
    this.playing = {
      steer: async () => false,
      interrupt: async () => {},
      abandon: async () => {},
      done: this.seatAndPlay(turn)
        .catch((error) => {
          this.options.ports.log(`turn ${turn} could not be played`, error);
          return this.lose(turn);
        })
        .finally(() => {
          this.playing = undefined;
          // A turn may have been started while the last one was being put away.
          this.react();
        }),
    };
  }

  /** Finds the harness, sees that its gate holds, and plays the turn. */
  private async seatAndPlay(turn: string): Promise<void> {
    const { seating, folder, marker, holdMs, ports } = this.options;
    const choice = this.state.spec.harness;
    if (!choice) return;
    const seat = await seating.seat(choice.harness);
    if (!seat.ok) {
      await this.send({ type: "turn.end", turn, status: "failed", failure: seat.failure });
      return;
    }
    if (this.stopping.signal.aborted || this.state.turn?.id !== turn) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const resume = await this.history();
    const held = await this.hold(seat);
    if (!held.ok) {
      await this.send({ type: "turn.end", turn, status: "failed", failure: held.failure });
      await rm(folder, { recursive: true, force: true });
      return;
    }
    const played = playTurn({
      state: this.state,
      ...(resume && { resume }),
      harness: seat.harness,
      installation: seat.installation,
      holding: held.holding,
      folder,
      marker,
      holdMs,
      ports: {
        send: (command) => this.send(command),
        delta: (delta) => ports.delta(this.session, delta),
        answered: (approval, signal) => this.answered(approval, signal),
        rescue: (approval) => this.rescue(approval),
        image: (image) => ports.image(image),
        newId: (prefix) => ports.newId(prefix),
      },
    });
    if (this.playing) this.playing = { ...played, done: this.playing.done };
    this.react();
    await played.done;
    await rm(folder, { recursive: true, force: true });
  }

  private async hold({ harness, installation }: Extract<Seat, { ok: true }>): Promise<Held> {
    const { environment, stateFolder, folder, marker, here } = this.options;
    const confinable = harness.needs !== undefined && wishOf(this.state) !== "off" && (await here()).holds;
    const gate = confinable ? await this.gate.open() : undefined;
    return hold({
      state: this.state,
      harness,
      installation,
      environment,
      home: environment.HOME ?? homedir(),
      here,
      stateFolder,
      folder,
      marker,
      ...(gate && { gate }),
      askHost: (call) => this.askHost(call),
    });
  }

  /** Asks the gate whether a host may be reached; waits for a person as long as the turn is open. */
  private async askHost(call: ToolCall): Promise<{ ok: true } | { ok: false; reason: string }> {
    const { turn } = this.state;
    if (!turn) return { ok: false, reason: "No turn is open." };
    const { newId } = this.options.ports;
    const id = newId("network");
    const approval = newId("approval");
    const sent = await this.send({ type: "tool.request", turn: turn.id, approval, call: { ...call, id } });
    if (!sent.ok) return { ok: false, reason: sent.refusal.message };
    const { decision, approval: question = approval } = sent.receipt;
    const finish = (ok: boolean, text: string) =>
      this.send({ type: "tool.finish", turn: turn.id, call: id, ok, output: { text, cut: 0 } });
    if (decision?.effect === "allow") {
      await finish(true, "connected");
      return { ok: true };
    }
    if (decision?.effect !== "ask") return { ok: false, reason: decision?.reason ?? "no decision" };
    const { answered, withdrawn } = await this.answered(question, this.stopping.signal);
    const begun =
      answered?.answer === "allow" &&
      (await this.send({ type: "tool.begin", turn: turn.id, call: id, approval: question }));
    const allowed = begun !== false && begun.ok;
    const reason = answered?.reason ?? withdrawn ?? "A person said no.";
    await finish(allowed, allowed ? "connected" : reason);
    return allowed ? { ok: true } : { ok: false, reason };
  }

  /** What the harness itself remembers of this session, or of the one that it forks. */
  private async history(): Promise<{ nativeId: string; fork?: boolean } | undefined> {
    const { harness, spec } = this.state;
    if (harness) return { nativeId: harness.nativeId };
    if (spec.forkOf === undefined) return undefined;
    const original = (await this.options.ports.load(spec.forkOf)).harness;
    return original ? { nativeId: original.nativeId, fork: true } : undefined;
  }

  /** Ends a turn that can't be played on. The server may be away: it is tried until it is heard. */
  private async lose(turn: string): Promise<void> {
    const failure = { kind: "lost" as const, message: "the machine's host could not go on with the turn" };
    while (!this.stopping.signal.aborted)
      try {
        await this.send({ type: "turn.end", turn, status: "failed", failure });
        return;
      } catch (error) {
        this.options.ports.log(`the end of turn ${turn} could not be told yet`, error);
      }
  }

  private steer({ id, text, images }: OpenTurn["steers"][number]): void {
    if (this.steered.has(id)) return;
    this.steered.add(id);
    void this.playing
      ?.steer(text, images)
      .catch(() => false)
      .then((delivered) => this.send({ type: "steer.settle", steer: id, delivered: delivered ?? false }));
  }

  private async rescue(approval: string): Promise<{ ref?: string; fault?: string }> {
    const { id, spec, approvals } = this.state;
    const subject = approvals[approval]?.subject;
    const heavy = subject?.kind === "tool" && subject.weight === "irreversible";
    if (!heavy || spec.task === undefined || spec.workspace === undefined) return {};
    const { stateFolder } = this.options;
    const name = { stateFolder, session: spec.parent ?? id, task: spec.task, workspace: spec.workspace };
    try {
      const kept = await rescueWorktree(name, new Date());
      // A reviewer's folder is a copy: nothing of it is anybody's work.
      if (kept.type === "rescued") return { ref: kept.ref };
      return kept.kind === "foreign-workspace" ? {} : { fault: kept.message };
    } catch (error) {
      return { fault: error instanceof Error ? error.message : String(error) };
    }
  }

  private answered(approval: string, signal: AbortSignal): Promise<ApprovalState> {
    const known = this.state.approvals[approval];
    if (known && !isPending(known)) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      this.waiting.set(approval, resolve);
      signal.addEventListener("abort", () => {
        this.waiting.delete(approval);
        reject(new Error("nobody answered in time"));
      });
      if (signal.aborted) reject(new Error("nobody answered in time"));
    });
  }
}
