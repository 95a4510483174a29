import { cells, type Line, render } from "./text.ts";

/** How long changes are gathered before they are drawn, in milliseconds. */
const pause = 60;

/**
 * The last lines of a terminal, drawn again in place. What is printed goes above them and stays.
 *
 * Each drawing is one write that replaces the one before without blanking it; a line is never wider than the terminal and
 * the region never higher. After a resize the old drawing is found by the rows that it takes at the new width.
 */
export class LiveRegion {
  private readonly stream: NodeJS.WriteStream;
  /** What stands there: each line's width in cells. */
  private drawn: number[] = [];
  private wanted: readonly Line[] = [];
  private shown = "";
  private timer: NodeJS.Timeout | undefined;
  private readonly onResize = () => this.flush(true);

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
    stream.on("resize", this.onResize);
  }

  get columns(): number {
    return Math.max(20, (this.stream.columns || 80) - 1);
  }

  /** How many lines can be drawn. */
  get rows(): number {
    return Math.max(3, (this.stream.rows || 24) - 1);
  }

  /** Draws soon: many changes in a short time become one drawing. */
  draw(lines: readonly Line[]): void {
    this.wanted = lines;
    this.timer ??= setTimeout(() => this.flush(), pause);
  }

  /** Writes lines above the region, for good. */
  print(lines: readonly Line[]): void {
    const surface = { columns: Number.MAX_SAFE_INTEGER, stream: this.stream };
    const text = lines.map((line) => `${render(line, surface)}\u001b[K\n`).join("");
    this.write(`${this.home()}${text}`);
    this.drawn = [];
    this.flush(true);
  }

  /** Takes the region away, so that others may write. A later `draw` brings it back. */
  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.wanted = [];
    if (this.drawn.length > 0) this.write(`${this.home()}\u001b[J`);
    this.drawn = [];
    this.shown = "";
  }

  /** Leaves the last drawing where it stands. */
  close(): void {
    if (this.timer) this.flush();
    this.stream.off("resize", this.onResize);
  }

  private flush(again = false): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const surface = { columns: this.columns, stream: this.stream };
    const lines = this.wanted.slice(0, this.rows).map((line) => render(line, surface));
    const text = lines.map((line) => `${line}\u001b[K\n`).join("");
    if (!again && text === this.shown) return;
    this.write(`${this.home()}${text}\u001b[J`);
    this.shown = text;
    this.drawn = this.wanted.slice(0, this.rows).map((line) => {
      const width = line.reduce(
        (sum, piece) => sum + cells(typeof piece === "string" ? piece : piece.text),
        0,
      );
      return Math.min(width, surface.columns);
    });
  }

  /** Moves to the first row of the last drawing. */
  private home(): string {
    const columns = this.stream.columns || 80;
    const rows = this.drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    return rows > 0 ? `\u001b[${rows}A\r` : "\r";
  }

  /** As one frame, in terminals that know the mark. */
  private write(text: string): void {
    this.stream.write(`\u001b[?2026h${text}\u001b[?2026l`);
  }
}
