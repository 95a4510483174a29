import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** A line of JSON that a program said, read only as far as somebody looks into it. */
export type Line = Readonly<Record<string, unknown>>;

export interface ProgramOptions {
  command: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** How long anything may take that is waited for here. */
const patienceMs = 60_000;
/** How long a program may take to end once its input has ended. */
const exitPatienceMs = 5_000;

/** A program that speaks lines of JSON on its standard streams: started, spoken with, ended. Nothing more. */
export class Program {
  readonly startedAt = performance.now();
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly exited: Promise<unknown>;
  private readonly heard: Line[] = [];
  private waiting: { fits: (line: Line) => boolean; take: (line: Line) => void } | undefined;
  private lastWords = "";

  constructor({ command, args, cwd, env }: ProgramOptions) {
    this.child = spawn(command, args, { cwd, env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    // Attached now: what comes later may come too late to be told.
    this.exited = once(this.child, "close");
    this.exited.catch(() => {});
    this.child.stdin.on("error", () => {});
    this.child.stderr.on("data", (chunk: Buffer) => {
      this.lastWords = `${this.lastWords}${chunk}`.slice(-2_000);
    });
    createInterface({ input: this.child.stdout }).on("line", (text) => {
      const line = lineOf(text);
      if (line) this.hear(line);
    });
    process.once("exit", this.kill);
  }

  say(line: object): void {
    this.child.stdin.write(`${JSON.stringify(line)}\n`);
  }

  /** The next line that fits; those before it are passed over. Rejects when the program ends without one, or takes too long. */
  async next(fits: (line: Line) => boolean, what: string): Promise<Line> {
    let limit: NodeJS.Timeout | undefined;
    const line = new Promise<Line>((resolve, reject) => {
      const gone = () => reject(new Error(`${what} did not come: ${this.lastWords || "it said nothing"}`));
      limit = setTimeout(gone, patienceMs);
      this.exited.then(gone, reject);
      this.waiting = { fits, take: resolve };
      for (const early of this.heard.splice(0)) this.hear(early);
    });
    return line.finally(() => clearTimeout(limit));
  }

  /** Ends its input and waits until it is gone; one that stays is killed. */
  async end(): Promise<void> {
    this.child.stdin.end();
    const killer = setTimeout(this.kill, exitPatienceMs);
    await this.exited.catch(() => {});
    clearTimeout(killer);
    this.kill();
    process.off("exit", this.kill);
  }

  private hear(line: Line): void {
    if (!this.waiting) {
      this.heard.push(line);
      return;
    }
    const { fits, take } = this.waiting;
    if (!fits(line)) return;
    this.waiting = undefined;
    take(line);
  }

  /** Its whole group, so that no command of it stays. */
  private readonly kill = () => {
    try {
      if (this.child.pid !== undefined) process.kill(-this.child.pid, "SIGKILL");
    } catch {
      // The group is gone already.
    }
  };
}

function lineOf(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
