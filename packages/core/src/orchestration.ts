/**
 * CONTRACT 3: what a durable program is.
 *
 * A program is ordinary `async` code over `ctx`. Every effect it has is a command, every thing it learns is a wait on a log; it
 * touches neither git nor a process nor a clock. After a crash it goes on from its last finished step: steps that were done
 * are not done again, the step in flight is done again under the same command id and answers the first receipt.
 *
 * What must hold. The code between two steps is deterministic: no clock, no randomness, no state outside, nothing interleaved
 * (`Promise.all` over steps is forbidden; parallel work is a child program each). Values that cross a step are plain JSON.
 *
 * Errors. A step that fails is tried again, unless it failed with `TerminalError`. What `run` throws ends the program.
 */
import type { z } from "zod";
import type { Command, Sent } from "./commands.ts";
import type { SessionState } from "./session/state.ts";

export interface OrchestrationContext {
  /** The root session, whose log tells the story of the request. */
  readonly session: string;
  /** An id that is the same whenever this place of the program is played: lower case, at most 60 characters. */
  id(label: string): string;
  /** Sends a command. A refusal is a value; a fault of the server is tried again. */
  send(session: string, command: Command): Promise<Sent>;
  /**
   * Follows a session's log until `select` answers something other than undefined, however long that takes, and gives that
   * answer. `select` is pure and sees the state after every event from now on, the present one first.
   */
  wait<T>(session: string, select: (state: SessionState) => T | undefined): Promise<T>;
  /** Starts a child program on the same root session; the same key starts it once. What becomes of it is seen in the log. */
  start<Input>(program: Orchestration<Input>, key: string, input: Input): Promise<void>;
}

export interface Orchestration<Input> {
  name: string;
  /** Changes when the steps change: a program in flight goes on with the version that it was started with. */
  version: string;
  input: z.ZodType<Input>;
  run(ctx: OrchestrationContext, input: Input): Promise<void>;
  /** Tells the log that the program failed for good, so that nobody waits for it. Called once, after `run` threw. */
  abandon(ctx: OrchestrationContext, input: Input, message: string): Promise<void>;
}

/** Stops a program for good. Recognised by name, since the class does not survive storage. */
export class TerminalError extends Error {
  override readonly name = "TerminalError";
}
