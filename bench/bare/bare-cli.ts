import type { Installation, ModelProvider } from "@tutti/core";
import type { Program } from "./program.ts";

/** What a turn needs, whoever plays it. */
export interface TurnRequest {
  installation: Installation;
  /** A fresh home of the bench's own, PATH, and the key of the rehearsed models. */
  environment: NodeJS.ProcessEnv;
  cwd: string;
  provider: ModelProvider;
  model: string;
  text: string;
}

/** When things happened, in milliseconds from the start. */
export interface Moments {
  /** The program said that the session is there. */
  opened: number;
  /** The program said that the turn is over. */
  ended: number;
  /** The program was gone. */
  gone: number;
}

/**
 * An agent program by itself: started, prompted over its own protocol, and ended, with the settings that Tutti gives it too,
 * but without a gate, a log or a server. This is what every turn costs without Tutti.
 */
export interface BareCli {
  harness: string;
  /** Rejects when the turn does not end well. */
  turn(request: TurnRequest): Promise<Moments>;
}

/** Plays a turn with a program that was just started, and ends it, whatever happens. */
export async function playBare(
  program: Program,
  speak: { open(): Promise<void>; prompt(): Promise<void> },
): Promise<Moments> {
  const now = () => performance.now() - program.startedAt;
  try {
    await speak.open();
    const opened = now();
    await speak.prompt();
    const ended = now();
    await program.end();
    return { opened, ended, gone: now() };
  } finally {
    await program.end();
  }
}
