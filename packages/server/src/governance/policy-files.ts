/** The person's own policy files, beside the rules that every server has. */
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import type { PolicyUse } from "@tutti/core";
import { policyFileName } from "../policies/index.ts";
import type { Programs } from "./programs.ts";
import { type PolicyText, readPolicyFiles } from "./read-policy-files.ts";

export interface PolicyFiles {
  /** The server's rules: those of the last time that all files could be read. */
  readonly standing: readonly PolicyUse[];
  /** What is wrong with the files now, each with file, line and column. */
  readonly problems: readonly string[];
  /** The files could be read at least once. */
  readonly wereSound: boolean;
  /** Reads the files again if they changed. Never rejects: what cannot be read is a problem. */
  refresh(): Promise<void>;
}

export interface PolicyFilesParts {
  /** Absolute; a folder that isn't there holds none. Without one, the defaults hold. */
  folder?: string;
  /** The rules that hold without any file. */
  defaults: readonly PolicyUse[];
  programs: Pick<Programs, "inspect">;
}

const filesLimit = 100;
const lengthLimit = 256 * 1024;

/** Reads the files. A broken one is a problem, and the rest does not hold without it: half a set of rules is another one. */
export async function openPolicyFiles({
  folder,
  defaults,
  programs,
}: PolicyFilesParts): Promise<PolicyFiles> {
  let standing = defaults;
  let problems: readonly string[] = [];
  let wereSound = false;
  let seen: string | undefined;
  let refreshing: Promise<void> | undefined;

  async function read(): Promise<void> {
    try {
      const { names, mark } = folder === undefined ? { names: [], mark: "" } : await look(folder);
      if (mark === seen) return;
      const texts: PolicyText[] = [];
      for (const name of names)
        texts.push({ file: name, content: await readFile(path.join(folder ?? "", name), "utf8") });
      const found = readPolicyFiles(texts, "server");
      const broken = [...found.problems, ...unknownOff(found.off, defaults)];
      if (broken.length === 0)
        for (const use of found.uses.filter(({ name }) => name === "program")) {
          const inspected = await programs.inspect(use);
          if (!inspected.ok) broken.push(`${String(use.params.file)}: ${inspected.message}`);
        }
      if (broken.length === 0) {
        standing = inForce(defaults, found);
        wereSound = true;
      }
      problems = broken;
      seen = mark;
    } catch (error) {
      problems = [`${folder} cannot be read: ${error instanceof Error ? error.message : String(error)}`];
      seen = undefined;
    }
  }

  const files: PolicyFiles = {
    get standing() {
      return standing;
    },
    get problems() {
      return problems;
    },
    get wereSound() {
      return wereSound;
    },
    refresh() {
      refreshing ??= read().finally(() => {
        refreshing = undefined;
      });
      return refreshing;
    },
  };
  await files.refresh();
  return files;
}

/** A person's use of a rule of the server's own stands in its place. */
export function inForce(
  defaults: readonly PolicyUse[],
  { uses, off }: { uses: readonly PolicyUse[]; off: readonly string[] },
): PolicyUse[] {
  const replaced = new Set([...off, ...uses.map(({ name }) => name)]);
  return [...defaults.filter(({ name }) => !replaced.has(name)), ...uses];
}

const unknownOff = (off: readonly string[], defaults: readonly PolicyUse[]): string[] =>
  off
    .filter((name) => !defaults.some((use) => use.name === name))
    .map((name) => `${name} is none of the server's own rules, so it cannot be turned off`);

/** The files of the folder, and a mark that changes when one of them does. */
async function look(folder: string): Promise<{ names: string[]; mark: string }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return [];
    throw error;
  });
  const names = entries
    .filter((entry) => !entry.isDirectory() && policyFileName.test(entry.name))
    .map(({ name }) => name)
    .sort();
  if (names.length > filesLimit) throw new Error(`it holds more than ${filesLimit} policy files`);
  const marks: string[] = [];
  for (const name of names) {
    const { mtimeMs, ctimeMs, size, ino } = await stat(path.join(folder, name));
    if (size > lengthLimit) throw new Error(`${name} is longer than ${lengthLimit} bytes`);
    marks.push(`${name} ${mtimeMs} ${ctimeMs} ${size} ${ino}`);
  }
  return { names, mark: marks.join("\n") };
}
