import { existsSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { type Action, type PolicyPhase, type Ruling, rulingSchema, type Situation } from "@tutti/core";
import type { ProgramAnswer, ProgramQuestion, ProgramStart } from "../policies/index.ts";

/** Times in milliseconds. */
export interface ProgramLimits {
  /** For an answer. */
  answerMs: number;
  /** For the first answer of a worker. */
  firstAnswerMs: number;
  /** Until a worker has loaded the program. */
  startMs: number;
}

export interface ProgramFacts {
  summary: string;
  phases: readonly PolicyPhase[];
}

/** Questions that wait for one program. */
const queueLimit = 1_000;
/** The end of what a program printed, in characters. */
const printedLimit = 500;
const stateLimit = 100_000;

/**
 * A user's policy in a worker of its own, one question at a time. The worker starts with the first question, and anew after
 * a missed deadline or a crash. Every answer is a ruling; what goes wrong is a denial.
 */
export class Program {
  private readonly start: ProgramStart;
  private readonly limits: ProgramLimits;
  private worker: Running | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  constructor(start: ProgramStart, limits: ProgramLimits) {
    this.start = start;
    this.limits = limits;
  }

  get isIdle(): boolean {
    return this.waiting === 0;
  }

  /** What the program is; throws with why it cannot be used. */
  facts(): Promise<ProgramFacts> {
    return this.inTurn(async () => (await this.running()).facts);
  }

  /** Undefined: no opinion, or not asked in this phase. Never rejects. */
  async rule(
    action: Action,
    params: unknown,
    state: unknown,
    situation: Situation,
  ): Promise<Ruling | undefined> {
    try {
      return await this.inTurn(async () => {
        const running = await this.running();
        if (!running.facts.phases.includes(action.phase)) return undefined;
        const { answerMs, firstAnswerMs } = this.limits;
        const ms = running.asked === 0 ? firstAnswerMs : answerMs;
        running.asked += 1;
        const question = { id: running.asked, action, params, state, situation };
        return readRuling(await this.answerTo(running, question, ms));
      });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return {
        effect: "deny",
        reason: `The policy ${this.start.name} failed, so nothing is allowed: ${message}`,
      };
    }
  }

  async stop(): Promise<void> {
    await this.drop(this.worker);
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting >= queueLimit) throw new Error("too many questions wait for it");
    this.waiting += 1;
    const mine = this.last.then(work);
    this.last = mine.catch(() => {});
    try {
      return await mine;
    } finally {
      this.waiting -= 1;
    }
  }

  private async running(): Promise<Running> {
    if (this.worker && !this.worker.over) return this.worker;
    const worker = new Worker(workerFile(), {
      workerData: this.start,
      env: {},
      argv: [],
      execArgv: [],
      stdout: true,
      stderr: true,
      name: `policy ${this.start.name}`,
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
    });
    worker.unref();
    const running = new Running(worker);
    this.worker = running;
    const first = await this.orDrop(running, running.next(), this.limits.startMs, "was not loaded");
    if (first.type === "ready") {
      running.facts = first;
      return running;
    }
    await this.drop(running);
    throw new Error("message" in first ? first.message : "its worker said something odd");
  }

  private async answerTo(running: Running, question: ProgramQuestion, ms: number): Promise<string | null> {
    const next = running.next();
    running.worker.postMessage(question);
    const answer = await this.orDrop(running, next, ms, "gave no answer");
    if ((answer.type === "ruled" || answer.type === "failed") && answer.id === question.id) {
      if (answer.type === "failed") throw new Error(answer.message);
      return answer.ruling;
    }
    await this.drop(running);
    throw new Error("its worker said something odd");
  }

  /** What comes in time; otherwise the worker is ended. */
  private async orDrop<T>(running: Running, coming: Promise<T>, ms: number, what: string): Promise<T> {
    const timer = Promise.withResolvers<"late">();
    const alarm = setTimeout(() => timer.resolve("late"), ms);
    try {
      let first = await Promise.race([coming, timer.promise]);
      // A busy process may find the alarm and the answer at once: the answer counts.
      if (first === "late") first = await Promise.race([coming, turn().then(() => "late" as const)]);
      if (first !== "late") return first;
    } catch (error) {
      await this.drop(running);
      throw error;
    } finally {
      clearTimeout(alarm);
    }
    coming.catch(() => {});
    await this.drop(running);
    throw new Error(`it ${what} in ${ms} ms`);
  }

  private async drop(running: Running | undefined): Promise<void> {
    if (this.worker === running) this.worker = undefined;
    await running?.worker.terminate();
  }
}

/** One life of a worker. */
class Running {
  readonly worker: Worker;
  facts: ProgramFacts = { summary: "", phases: [] };
  asked = 0;
  over = false;
  private printed = "";
  private waiter: PromiseWithResolvers<ProgramAnswer> | undefined;

  constructor(worker: Worker) {
    this.worker = worker;
    worker.on("message", (answer: ProgramAnswer) => this.waiter?.resolve(answer));
    worker.on("error", (error) => this.end(error instanceof Error ? error.message : String(error)));
    worker.on("messageerror", () => this.end("its worker said something odd"));
    worker.on("exit", (code) => this.end(`its worker ended with code ${code}`));
    for (const stream of [worker.stdout, worker.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.printed = (this.printed + text).slice(-printedLimit);
      });
  }

  /** The next message. Rejects when the worker ends before. */
  next(): Promise<ProgramAnswer> {
    this.waiter = Promise.withResolvers();
    if (this.over) this.waiter.reject(new Error("its worker has ended"));
    return this.waiter.promise;
  }

  private end(message: string): void {
    this.over = true;
    const printed = this.printed.trim();
    this.waiter?.reject(new Error(printed === "" ? message : `${message}; it printed: ${printed}`));
  }
}

function readRuling(text: string | null): Ruling | undefined {
  if (text === null) return undefined;
  const parsed = rulingSchema.safeParse(JSON.parse(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`its ruling is none: ${issue?.path.join(".") || "it"}: ${issue?.message}`);
  }
  const { state, ...ruling } = parsed.data;
  if (state === undefined) return ruling;
  if (JSON.stringify(state).length > stateLimit)
    throw new Error(`it wants to remember more than ${stateLimit} characters`);
  return { ...ruling, state };
}

/** In a build the worker is one file that stands alone. */
function workerFile(): URL {
  const built = new URL("../policies/program/worker.mjs", import.meta.url);
  return existsSync(fileURLToPath(built)) ? built : new URL("../policies/program/worker.ts", import.meta.url);
}
