import { readFile, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";

/** How deep git itself follows one object folder to the next. */
const DEPTH = 5;

/**
 * The folders that a repository's objects lie in: its own first, then those that it borrows from, as git would reach them.
 * `path` is how git names a folder, `real` where it truly lies. A folder that is not there is left out, as git does.
 */
export async function objectFolders(objects: string): Promise<{ path: string; real: string }[]> {
  const found = new Map<string, string>();
  async function visit(path: string, depth: number): Promise<void> {
    const real = await realpath(path).catch(() => undefined);
    if (real === undefined || found.has(path) || depth > DEPTH) return;
    found.set(path, real);
    const alternates = await readFile(join(path, "info", "alternates"), "utf8").catch(() => "");
    for (const line of alternates.split("\n")) {
      if (line !== "" && !line.startsWith("#")) await visit(resolve(path, unquoted(line)), depth + 1);
    }
  }
  await visit(objects, 0);
  return [...found].map(([path, real]) => ({ path, real }));
}

/** A path as a line of an alternates file. */
export function alternatesLine(path: string): string {
  return `${/[\n"\\]/.test(path) ? quoted(path) : path}\n`;
}

/** As git quotes in C's way: what a text says between two double quotes. */
export function quoted(text: string): string {
  const escaped = text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
  return `"${escaped}"`;
}

function unquoted(line: string): string {
  const [, inside] = /^"(.*)"$/s.exec(line) ?? [];
  if (inside === undefined) return line;
  const bytes: number[] = [];
  const simple: Readonly<Record<string, string>> = {
    n: "\n",
    t: "\t",
    r: "\r",
    a: "\x07",
    b: "\b",
    f: "\f",
    v: "\v",
  };
  for (const [, octal, letter, plain] of inside.matchAll(/\\([0-3][0-7]{2})|\\(.)|([^\\]+)/gs)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else bytes.push(...Buffer.from(plain ?? simple[letter ?? ""] ?? letter ?? ""));
  }
  return Buffer.from(bytes).toString("utf8");
}
