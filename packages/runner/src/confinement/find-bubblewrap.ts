import { constants } from "node:fs";
import { access, readdir, realpath, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import type { Environment } from "@tutti/core";
import { runCommand } from "../process/run-command.ts";

/** A bubblewrap that knows every option that a confinement needs. */
export interface Bubblewrap {
  program: string;
  /** As it says itself; a copy that a vendor ships may have no number. */
  version: string;
  /** Changes when the file does. */
  identity: string;
}

/** What older ones lack: 0.8.0 is the first that has them all. */
const NEEDED = ["--args", "--disable-userns", "--perms", "--ro-bind-data", "--seccomp", "--size"];
const LIMIT_MS = 30_000;
const SEARCH_DEPTH = 5;
const SEARCH_LIMIT = 2_000;

/**
 * Every usable bubblewrap, best first: the system's own on PATH, then what lies in `candidates`, which are programs, or
 * folders that are searched a few levels down for a program called bwrap. Never rejects; `unusable` says what was found and passed over.
 */
export async function findBubblewrap(
  candidates: readonly string[],
  environment: Environment,
): Promise<{ usable: Bubblewrap[]; unusable: string[] }> {
  const onPath = (environment.PATH ?? "").split(delimiter).filter(isAbsolute);
  const places = [
    ...onPath.map((folder) => [join(folder, "bwrap")]),
    ...(await Promise.all(candidates.map(below))),
  ];
  const usable: Bubblewrap[] = [];
  const unusable: string[] = [];
  const seen = new Set<string>();
  for (const path of places.flat()) {
    const program = await programAt(path);
    if (program === undefined || seen.has(program)) continue;
    seen.add(program);
    const found = await known(program);
    if (typeof found === "string") unusable.push(found);
    else usable.push(found);
  }
  return { usable, unusable };
}

const asked = new Map<string, Promise<Bubblewrap | string>>();

/** What a program says of itself is asked once as long as its file stays the same. */
async function known(program: string): Promise<Bubblewrap | string> {
  const { size, mtimeMs, ino } = await stat(program);
  const identity = `${program}:${ino}:${size}:${mtimeMs}`;
  const answer = asked.get(identity) ?? ask(program, identity);
  asked.set(identity, answer);
  return answer;
}

async function ask(program: string, identity: string): Promise<Bubblewrap | string> {
  const answer = async (option: string) => {
    const command = [program, option];
    const marker = `bubblewrap-${process.pid}`;
    return (await runCommand({ command, cwd: "/", env: {}, marker, timeoutMs: LIMIT_MS })).output;
  };
  const options = await answer("--help");
  const missing = NEEDED.filter((option) => !options.includes(option));
  if (missing.length > 0) return `${program} is too old or something else: it has no ${missing.join(", ")}`;
  const version = (await answer("--version")).trim().split("\n").at(-1) ?? "";
  return { program, version, identity };
}

async function programAt(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK);
    const program = await realpath(path);
    return (await stat(program)).isFile() ? program : undefined;
  } catch {
    return undefined;
  }
}

/** A few levels down at most; a folder that is too large is given up. */
async function below(candidate: string): Promise<string[]> {
  const found: string[] = [];
  let looked = 0;
  let level = [candidate];
  for (let depth = 0; depth <= SEARCH_DEPTH && looked < SEARCH_LIMIT; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      looked += entries.length;
      for (const entry of entries) {
        if (entry.isDirectory()) next.push(join(folder, entry.name));
        else if (entry.name === "bwrap") found.push(join(folder, entry.name));
      }
    }
    level = next;
  }
  return [candidate, ...found];
}
