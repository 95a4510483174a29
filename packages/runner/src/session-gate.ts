/** The push gate of one session: open while a turn is played, and for as long as a push waits in the log. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type Command,
  type Environment,
  openPushes,
  type Sent,
  type SessionState,
  standingOfPush,
} from "@tutti/core";
import { gatePort } from "./confined-holding.ts";
import { openPushGate, type PushGate } from "./push-gate/index.ts";
import { findWorkspace } from "./workspace/worktree.ts";

export interface SessionGateOptions {
  stateFolder: string;
  /** A short path of the session's own; made and removed with the gate. */
  folder: string;
  environment: Environment;
  marker: string;
  state(): SessionState;
  send(command: Command): Promise<Sent>;
  newId(prefix: string): string;
  log(message: string, error?: unknown): void;
}

type Answer = { allow: true } | { allow: false; reason: string; withdrawn?: boolean };

export class SessionGate {
  private readonly options: SessionGateOptions;
  private gate: Promise<PushGate | undefined> | undefined;
  private readonly waiting = new Map<string, (answer: Answer) => void>();

  constructor(options: SessionGateOptions) {
    this.options = options;
  }

  /** Opens the gate, when the session works in a task's worktree; takes up the pushes that the log has open. */
  async open(): Promise<{ socketPath: string; gateUrl(remote: string): string | undefined } | undefined> {
    this.gate ??= this.start();
    const gate = await this.gate;
    if (!gate) return undefined;
    const remotes = await gate.remotes();
    return {
      socketPath: this.socketPath,
      gateUrl: (remote) =>
        remotes.find(({ name }) => name === remote)?.gateUrl(`http://127.0.0.1:${gatePort}`),
    };
  }

  /** The log has moved on: whoever waits for an answer that is there now gets it. */
  observe(): void {
    const state = this.options.state();
    for (const [push, resolve] of this.waiting) {
      const answer = answerOn(state, push);
      if (!answer) continue;
      this.waiting.delete(push);
      resolve(answer);
    }
    if (openPushes(state).length > 0 && state.closed === null)
      void this.open().catch((error) => this.options.log("the push gate did not open", error));
  }

  async close(): Promise<void> {
    const gate = await this.gate?.catch(() => undefined);
    this.gate = undefined;
    await gate?.close();
    await rm(this.options.folder, { recursive: true, force: true });
  }

  private get socketPath(): string {
    return join(this.options.folder, "s", "git.sock");
  }

  private async start(): Promise<PushGate | undefined> {
    const { stateFolder, folder, environment, marker, log } = this.options;
    const { spec, id } = this.options.state();
    if (spec.task === undefined || spec.workspace === undefined) return undefined;
    const session = spec.parent ?? id;
    const found = await findWorkspace({ stateFolder, session, task: spec.task, workspace: spec.workspace });
    if (found.type === "work.failed") return undefined;
    await mkdir(join(folder, "s"), { recursive: true, mode: 0o700 });
    return openPushGate({
      folder: join(stateFolder, "push-gates", id),
      runtimeFolder: join(folder, "h"),
      socketPath: this.socketPath,
      repository: found.workspace.repository,
      environment: { ...environment },
      marker: `${marker}/push-gate`,
      ports: {
        request: async (facts) => {
          const { newId, send } = this.options;
          const push = newId("push");
          const sent = await send({ type: "push.request", push, approval: newId("approval"), facts });
          if (!sent.ok) throw new Error(sent.refusal.message);
          const { decision, approval } = sent.receipt;
          if (!decision) throw new Error("the server gave no decision about the push");
          return {
            push: sent.receipt.push ?? push,
            decision,
            ...(approval !== undefined && { approval }),
          };
        },
        answered: (push, signal) => this.answered(push, signal),
        finish: async (push, outcome) => {
          const sent = await this.options.send({ type: "push.finish", push, outcome });
          if (!sent.ok) throw new Error(sent.refusal.message);
        },
      },
      open: openPushes(this.options.state()).map(({ id: push, facts }) => ({ id: push, facts })),
      now: () => new Date(),
      report: (problem) => log(problem),
    });
  }

  private answered(push: string, signal: AbortSignal): Promise<Answer> {
    const known = answerOn(this.options.state(), push);
    if (known) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const give = () => {
        this.waiting.delete(push);
        reject(new Error("nobody waits for the answer any more"));
      };
      this.waiting.set(push, (answer) => {
        signal.removeEventListener("abort", give);
        resolve(answer);
      });
      signal.addEventListener("abort", give, { once: true });
      if (signal.aborted) give();
    });
  }
}

/** What a push is answered by now; undefined while it waits, or while the log has not brought it here yet. */
function answerOn(state: SessionState, id: string): Answer | undefined {
  const push = state.pushes[id];
  if (!push) return undefined;
  if (push.outcome) return { allow: false, reason: push.outcome.message, withdrawn: true };
  const approval = push.approval === null ? undefined : state.approvals[push.approval];
  switch (standingOfPush(state, push)) {
    case "waiting":
      return undefined;
    case "allowed":
      return { allow: true };
    case "refused":
      return {
        allow: false,
        reason:
          approval?.answered?.reason ??
          approval?.withdrawn ??
          (push.decision.effect === "deny" ? push.decision.reason : "A person said no."),
        ...(approval?.withdrawn !== undefined && { withdrawn: true }),
      };
  }
}
