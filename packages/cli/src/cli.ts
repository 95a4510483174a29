import type { Environment } from "@tutti/core";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { type Folders, foldersOf } from "./folders.ts";
import { type Line, render } from "./terminal/text.ts";

/** What every verb is given: the world that it was called in, and where its answers go. */
export class Cli {
  readonly environment: Environment;
  readonly stdin = process.stdin;
  readonly stderr = process.stderr;
  readonly stdout = process.stdout;
  exitCode: ExitCode = exitCodes.ok;

  constructor(environment: Environment = process.env) {
    this.environment = environment;
  }

  /** The folder that the person stands in. */
  get cwd(): string {
    return process.cwd();
  }

  get folders(): Folders {
    return foldersOf(this.environment);
  }

  /** Whether a person can be asked. */
  get interactive(): boolean {
    return this.stdin.isTTY === true && this.stderr.isTTY === true;
  }

  now(): number {
    return Date.now();
  }

  /** Data: a line on stdout. */
  data(line: Line | string = ""): void {
    this.stdout.write(`${this.rendered(line, this.stdout)}\n`);
  }

  /** Data for programs: one JSON value on stdout. */
  json(value: unknown): void {
    this.stdout.write(`${JSON.stringify(value, null, this.stdout.isTTY ? 2 : undefined)}\n`);
  }

  /** Decoration: a line on stderr. */
  say(line: Line | string = ""): void {
    this.stderr.write(`${this.rendered(line, this.stderr)}\n`);
  }

  private rendered(line: Line | string, stream: NodeJS.WriteStream): string {
    const columns = stream.isTTY ? stream.columns : Number.MAX_SAFE_INTEGER;
    return render(typeof line === "string" ? [line] : line, { columns, stream });
  }
}
