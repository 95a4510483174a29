import type { ModelRequest, ToolCall } from "../conversation.ts";
import type { Usage } from "../scenario.ts";

/**
 * What a wire protocol is to the rest: a reader of requests and a writer of answers, both without any inputs or outputs
 * of their own. The server calls `read` on a parsed JSON body, and for each answer `write`, then the writer's methods in
 * the order open, any of reason / say / call, close.
 */
export interface WireProtocol {
  /** Where requests for an answer are posted. */
  readonly path: string;
  /** Throws a `ZodError` for a body that is not this wire's. */
  read(body: unknown): ModelRequest;
  write(answering: Answering, emit: Emit): AnswerWriter;
  /** The body by which the wire refuses a request. */
  refusal(status: number, message: string): object;
}

/** Sends one event of a streamed answer. When the whole answer was asked for, nothing listens. */
export type Emit = (data: object | "[DONE]", event?: string) => void;

export interface Answering {
  readonly request: ModelRequest;
  readonly usage: Usage;
  /** Unique within the conversation, the same when the same request is sent again. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
}

export interface AnswerWriter {
  open(): void;
  /** Thinking, where the wire shows it. */
  reason(text: string): void;
  /** Begins a text; every piece is passed to `piece`, and `end` ends it. */
  say(): { piece(text: string): void; end(): void };
  call(call: ToolCall): void;
  /** Ends the answer. Returns the whole answer as the wire gives it to those who did not ask for a stream. */
  close(): object;
}
