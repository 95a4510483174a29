import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";
import type { Cli } from "../cli.ts";
import { type Line, render, wrapped } from "../terminal/text.ts";
import type { Screen } from "./screen.ts";

/**
 * A terminal that tells the story above a line that the person types.
 * @param typed gets a typed line; what it answers is shown.
 */
export function openTypedScreen(cli: Cli, typed: (line: string) => Promise<string | undefined>): Screen {
  let reader: Interface | undefined = open();
  let held: Line[] = [];

  function open(): Interface {
    const lines = createInterface({ input: cli.stdin, output: cli.stderr, prompt: "> " });
    lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
    lines.on("close", () => reader === lines && process.kill(process.pid, "SIGINT"));
    lines.on("line", (line) => {
      const show = (said: string | undefined) =>
        said ? write([[{ text: said, look: "yellow" }]]) : lines.prompt();
      typed(line).then(show, (error: unknown) =>
        show(error instanceof Error ? error.message : String(error)),
      );
    });
    lines.prompt();
    return lines;
  }

  /** Puts lines above what is being typed. */
  function write(lines: readonly Line[]): void {
    if (!reader) {
      held.push(...lines);
      return;
    }
    const { rows } = reader.getCursorPos();
    moveCursor(cli.stderr, 0, -rows);
    cursorTo(cli.stderr, 0);
    clearScreenDown(cli.stderr);
    const surface = { columns: Number.MAX_SAFE_INTEGER, stream: cli.stderr };
    cli.stderr.write(lines.map((line) => `${render(line, surface)}\n`).join(""));
    reader.prompt(true);
  }

  function close(): void {
    const closing = reader;
    reader = undefined;
    if (!closing) return;
    cursorTo(cli.stderr, 0);
    clearScreenDown(cli.stderr);
    closing.close();
  }

  return {
    show() {},
    tell(lines) {
      const columns = Math.max(20, (cli.stderr.columns || 80) - 1);
      if (lines.length > 0) write(lines.flatMap(({ lead, text }) => wrapped(lead, text, columns)));
    },
    pause: close,
    resume() {
      reader = open();
      const waiting = held;
      held = [];
      if (waiting.length > 0) write(waiting);
    },
    close,
  };
}
