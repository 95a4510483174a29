/** Where a request is shown while it goes on. */
import type { Cli } from "../cli.ts";
import { LiveRegion } from "../terminal/live-region.ts";
import { type Line, wrapped } from "../terminal/text.ts";
import { blocks } from "./block.ts";
import type { Request } from "./follow.ts";
import type { StoryLine } from "./story.ts";
import type { HarnessTitles } from "./words.ts";

export interface Screen {
  /** The request has changed. */
  show(request: Request): void;
  /** Something has happened, in words. */
  tell(lines: readonly StoryLine[]): void;
  /** Makes room for a question; what is told meanwhile comes when the screen goes on. */
  pause(): void;
  resume(): void;
  close(): void;
}

export interface ScreenOptions {
  cli: Cli;
  titles: HarnessTitles;
  /** `blocks`: one block per task, in place. `story`: every event a line, and where the tasks stand below. */
  style: "blocks" | "story";
}

/** How often clocks go on when nothing happens, in milliseconds. */
const tick = 1_000;

/** A terminal's screen, or, where there is no terminal, one line per event. */
export function openScreen(options: ScreenOptions): Screen {
  return options.cli.stderr.isTTY ? terminalScreen(options) : lineScreen(options.cli);
}

function lineScreen(cli: Cli): Screen {
  return {
    show() {},
    tell(lines) {
      for (const { lead, text } of lines) cli.say([...lead, ...text]);
    },
    pause() {},
    resume() {},
    close() {},
  };
}

function terminalScreen({ cli, titles, style }: ScreenOptions): Screen {
  const region = new LiveRegion(cli.stderr);
  let latest: Request | undefined;
  let paused = false;
  let told: Line[] = [];
  const draw = () => {
    if (!latest || paused) return;
    const { root, children } = latest;
    const options = { titles, now: cli.now(), columns: region.columns };
    const open = {
      ...root,
      tasks: Object.fromEntries(Object.entries(root.tasks).filter(([, { outcome }]) => outcome === null)),
    };
    if (style === "blocks") region.draw(blocks(root, children, options, region.rows));
    else
      region.draw(
        Object.keys(open.tasks).length > 0
          ? [[], ...blocks(open, children, options, Math.min(6, region.rows - 1))]
          : [],
      );
  };
  const clock = setInterval(draw, tick);
  return {
    show(request) {
      latest = request;
      draw();
    },
    tell(lines) {
      if (style === "blocks" || lines.length === 0) return;
      const shown = lines.flatMap(({ lead, text }) => wrapped(lead, text, region.columns));
      if (paused) told.push(...shown);
      else region.print(shown);
    },
    pause() {
      paused = true;
      region.clear();
    },
    resume() {
      paused = false;
      if (told.length > 0) region.print(told);
      told = [];
      draw();
    },
    close() {
      clearInterval(clock);
      region.close();
    },
  };
}
