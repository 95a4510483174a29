import { type ChildProcess, spawn } from "node:child_process";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { type ServerPlace, startReport } from "./start-report.ts";

export interface ChildOptions {
  /** What people call it. */
  title: string;
  command: string;
  /** Asked for at each start. */
  args(): string[];
  /** Where its standard output and error go. */
  logFd: number;
  /** How long it may take to stop, in milliseconds; then it is killed. */
  patience: number;
  log(message: string): void;
  /** Its process came, went, or became ready. */
  changed(): void;
}

/** Pauses before a child that died is started again, in milliseconds: doubled at each death, up to a bound. */
const firstPause = 200;
const longestPause = 10_000;
/** A child that was up this long starts afresh with the shortest pause. */
const soundAfter = 30_000;

/**
 * A child process that is started again when it dies. Its first start is different: when that fails nothing is tried again,
 * and `started` rejects with what the child said.
 */
export class SupervisedChild {
  readonly started: Promise<void>;
  restarts = 0;
  ready = false;
  /** What it last said of how it is reached. */
  place: ServerPlace | undefined;
  private readonly options: ChildOptions;
  private child: ChildProcess | undefined;
  private exited: Promise<void> = Promise.resolve();
  private stopping = false;
  private retry: NodeJS.Timeout | undefined;
  private pause = firstPause;
  private clean = false;
  /** Whether it was ready at least once. */
  wasReady = false;
  private said: string | undefined;
  private readonly settle = Promise.withResolvers<void>();

  constructor(options: ChildOptions) {
    this.options = options;
    this.started = this.settle.promise;
    this.started.catch(() => {});
    this.start();
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** Asks it to stop, kills it when it takes too long, and resolves when it is gone. True when it cleaned up after itself. */
  async stop(): Promise<boolean> {
    this.stopping = true;
    clearTimeout(this.retry);
    const { child } = this;
    if (!child) return false;
    child.kill("SIGTERM");
    const killer = setTimeout(() => {
      this.options.log(`${this.options.title} does not stop: killing it`);
      child.kill("SIGKILL");
    }, this.options.patience);
    await this.exited;
    clearTimeout(killer);
    return this.clean;
  }

  private start(): void {
    const { command, args, logFd, changed } = this.options;
    const begun = performance.now();
    const child = spawn(command, args(), { stdio: ["ignore", logFd, logFd, "ipc"] });
    this.child = child;
    this.said = undefined;
    child.on("message", (message) => {
      const report = startReport(message);
      if (report?.type === "failed") {
        this.said = report.message;
        if (!this.wasReady) this.settle.reject(new Failure(report.message, report.exitCode));
      }
      if (report?.type !== "ready") return;
      this.ready = true;
      this.wasReady = true;
      this.place = report.server ?? this.place;
      this.settle.resolve();
      changed();
    });
    const gone = Promise.withResolvers<void>();
    this.exited = gone.promise;
    child.once("error", (error) => {
      this.said = error.message;
      if (child.pid === undefined) this.gone(begun, `could not be started: ${error.message}`, gone.resolve);
    });
    child.once("exit", (code, signal) => {
      this.clean = code === 0;
      this.gone(begun, signal ? `was ended by ${signal}` : `ended with ${code}`, gone.resolve);
    });
    changed();
  }

  private gone(begun: number, how: string, resolve: () => void): void {
    const { title, log, changed } = this.options;
    this.child = undefined;
    this.ready = false;
    resolve();
    changed();
    if (this.stopping) {
      this.settle.reject(new Failure(`the ${title} was stopped before it was ready`, exitCodes.unreachable));
      return;
    }
    const what = `${title} ${how}${this.said ? `: ${this.said}` : ""}`;
    if (!this.wasReady) {
      this.settle.reject(new Failure(`the ${what}`, exitCodes.unreachable));
      return;
    }
    if (performance.now() - begun > soundAfter) this.pause = firstPause;
    log(`${what}; starting it again in ${this.pause / 1000} s`);
    this.retry = setTimeout(() => {
      this.restarts += 1;
      this.start();
    }, this.pause);
    this.pause = Math.min(longestPause, this.pause * 2);
  }
}
