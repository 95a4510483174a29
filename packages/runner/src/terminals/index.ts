/** The front door of terminals: every one that a host plays. */
import type { WantedTerminal } from "@tutti/core";
import { playTerminal, type TerminalOptions } from "./terminal.ts";

export type { TerminalApi } from "./terminal.ts";

export interface Terminals {
  open(wanted: WantedTerminal): void;
  /** Ends all of them, and resolves when nothing of them is left. None opens after it. */
  close(): Promise<void>;
}

/** Twice what the server asks for: shells that were left are still ending while others open in their place. */
const most = 40;

/** @param marker of a terminal by its id */
export function openTerminals(
  options: Omit<TerminalOptions, "marker" | "signal"> & {
    marker(id: string): string;
    log(message: string, error?: unknown): void;
  },
): Terminals {
  const { marker, log, ...shared } = options;
  const ending = new AbortController();
  const { signal } = ending;
  const playing = new Set<Promise<void>>();
  return {
    open(wanted) {
      // Whoever waits is told that none came.
      if (signal.aborted || playing.size >= most) return;
      const played = playTerminal(wanted, { ...shared, marker: marker(wanted.id), signal })
        .catch((error) => log(`the terminal ${wanted.id} could not be played`, error))
        .finally(() => playing.delete(played));
      playing.add(played);
    },
    async close() {
      ending.abort();
      await Promise.all(playing);
    },
  };
}
