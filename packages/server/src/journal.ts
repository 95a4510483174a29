import { mkdirSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import pino, { type Logger } from "pino";
import { withoutSecrets } from "./access/secret.ts";

/** A journal that has grown beyond this many bytes is put aside, once, when the next one is opened. */
const sizeLimit = 16 * 1024 * 1024;

/**
 * The server's own journal: a file in the state folder, for its owner alone. It tells of faults and of what was asked,
 * never of tokens, commands' contents or the texts of sessions. A token that an error holds is made unreadable.
 */
export function openJournal(file: string): { log: Logger; close(): void } {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > sizeLimit) renameSync(file, `${file}.1`);
  const destination = pino.destination({ dest: file, mode: 0o600, append: true, sync: true });
  const log = pino(
    {
      level: "info",
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: withoutSecrets },
    },
    destination,
  );
  return { log, close: () => destination.end() };
}
