/**
 * Terminals: a person's shell in a folder of a machine, seen from elsewhere. Two WebSockets meet in the server, the person's and
 * the one that the machine dials. Binary messages are the terminal's bytes; text messages are control, as JSON.
 */
import { z } from "zod";
import { idSchema } from "./events.ts";

const columns = z.coerce.number().int().min(1).max(1_000);
const rows = columns;

/** What a person asks for. */
export const terminalQuerySchema = z.strictObject({
  host: idSchema,
  /** Absolute on the machine. */
  folder: z.string().startsWith("/", "give an absolute path").max(4_096),
  columns: columns.default(80),
  rows: rows.default(24),
});
export type TerminalQuery = z.infer<typeof terminalQuerySchema>;

/** A person wants a terminal in a folder of the machine, which dials the server for it. */
export const wantedTerminalSchema = terminalQuerySchema.omit({ host: true }).extend({ id: idSchema });
export type WantedTerminal = z.infer<typeof wantedTerminalSchema>;

/** The person's window has another size. */
export const terminalResizeSchema = z.strictObject({ type: z.literal("resize"), columns, rows });
/** The shell has ended; null when a signal ended it. The machine closes then. */
export const terminalExitSchema = z.strictObject({ type: z.literal("exit"), code: z.int().nullable() });
export type TerminalControl = z.infer<typeof terminalResizeSchema> | z.infer<typeof terminalExitSchema>;

/** Why a terminal's WebSocket is closed; its reason says it in words, since a browser learns nothing of a refused handshake. */
export const terminalCloses = {
  /** The shell ended, or the person left. */
  done: 1000,
  /** The server stops. */
  stopping: 1001,
  /** There is none to be had, or no longer: the reason says why and what to do. */
  unavailable: 4001,
  /** A message was none of these. */
  malformed: 4002,
} as const;

/** A close's reason has at most so many bytes. */
const reasonBytes = 123;

/** Words that fit a close. */
export function closeReason(text: string): string {
  const encoder = new TextEncoder();
  if (encoder.encode(text).length <= reasonBytes) return text;
  const letters = [...text];
  while (encoder.encode(`${letters.join("")}…`).length > reasonBytes) letters.pop();
  return `${letters.join("")}…`;
}
