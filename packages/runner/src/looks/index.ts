/**
 * The looks that a host answers: read-only questions of a person to this machine.
 *
 * To add one: a kind in core's `look.ts`, a file beside this one that answers it, and a line in `kinds`. It changes nothing,
 * starts nothing of the repository's or an agent's, and every await in it has an end.
 */
import type { Look, LookAnswer, LookAnswerOf, LookOf, LookType } from "@tutti/core";
import { listDiff } from "./diff-list.ts";
import { readDiff } from "./diff-read.ts";
import { readTextFile } from "./file-read.ts";
import { findFiles } from "./files-find.ts";
import { listFolder } from "./folder-list.ts";
import type { LookContext } from "./look-context.ts";
import { openMachineInspection } from "./machine-inspect.ts";
import { inspectPlace } from "./repository-inspect.ts";
import { checkRoster } from "./roster-check.ts";

type Kinds = { readonly [T in LookType]: (look: LookOf<T>) => Promise<LookAnswerOf<T>> };

/** How long one look may take, in milliseconds: less than who asks waits. */
const limitMs = 25_000;
/** How many are looked at side by side; the others wait for their turn. */
const atOnce = 8;
/** The largest answer, in bytes of JSON: what a request to the server may bring. */
const mostBytes = 7.5 * 1024 * 1024;

/** Answers looks. Never rejects: what cannot be looked at becomes `look.failed`. */
export function openLooks(context: LookContext): (look: Look) => Promise<LookAnswer> {
  const kinds = {
    "folder.list": listFolder,
    "file.read": readTextFile,
    "files.find": findFiles,
    "diff.list": listDiff,
    "diff.read": readDiff,
    "repository.inspect": inspectPlace,
    "machine.inspect": openMachineInspection(context),
    "roster.check": (look) => checkRoster(look, context),
  } as const satisfies Kinds;
  let free = atOnce;
  const waiting: (() => void)[] = [];

  return async (look) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    // The kind picks the function for its own look.
    const kind = kinds[look.type] as (look: Look) => Promise<LookAnswer>;
    const looking = kind(look);
    // A look that takes too long is still at work: its place is free when it has ended.
    const leave = () => {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    };
    looking.then(leave, leave);
    try {
      const answer = await within(looking);
      return Buffer.byteLength(JSON.stringify(answer)) <= mostBytes
        ? answer
        : failed("there is too much to show at once: ask for less");
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
  };
}

const failed = (message: string): LookAnswerOf<"look.failed"> => ({ type: "look.failed", message });

async function within<T>(looking: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`it took longer than ${limitMs / 1_000} seconds: try again`)),
      limitMs,
    );
  });
  try {
    return await Promise.race([looking, over]);
  } finally {
    clearTimeout(timer);
  }
}
