/** Reads git's unified patches. Pure; what it does not know it passes over. */

export interface DiffLine {
  kind: "same" | "added" | "removed";
  text: string;
  /** Its number before the change; undefined for an added line. */
  before?: number;
  /** Its number after the change; undefined for a removed line. */
  after?: number;
}

export interface Hunk {
  /** What git names after the numbers: the function that it stands in. Empty where git names none. */
  heading: string;
  /** Lines left out before it, since the last hunk or the file's beginning. */
  skipped: number;
  lines: DiffLine[];
}

export interface Patch {
  hunks: Hunk[];
  isBinary: boolean;
  /** `100644 → 100755`, where the mode changed. */
  mode: string | null;
  /** The path before a rename; null where there was none. */
  from: string | null;
}

const header = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/;

/** One file's patch. */
export function readPatch(text: string): Patch {
  const patch: Patch = { hunks: [], isBinary: false, mode: null, from: null };
  let oldMode = "";
  let hunk: Hunk | undefined;
  let before = 0;
  let after = 0;
  let beforeLeft = 0;
  let afterLeft = 0;
  let beforeEnd = 1;
  const lines = text.split("\n");
  // A text ends with a line break; what follows it is no line.
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines) {
    if (hunk && (beforeLeft > 0 || afterLeft > 0)) {
      const sign = line[0];
      const content = line.slice(1);
      if (sign === "+") {
        hunk.lines.push({ kind: "added", text: content, after });
        after += 1;
        afterLeft -= 1;
        continue;
      }
      if (sign === "-") {
        hunk.lines.push({ kind: "removed", text: content, before });
        before += 1;
        beforeLeft -= 1;
        beforeEnd = before;
        continue;
      }
      if (sign === " " || line === "") {
        hunk.lines.push({ kind: "same", text: content, before, after });
        before += 1;
        after += 1;
        beforeLeft -= 1;
        afterLeft -= 1;
        beforeEnd = before;
        continue;
      }
      // "\ No newline at end of file", and the sentence that stands for a cut middle.
      if (sign === "\\") continue;
      beforeLeft = 0;
      afterLeft = 0;
    }
    const found = header.exec(line);
    if (found) {
      const [, start = "0", count = "1", to = "0", toCount = "1", heading = ""] = found;
      before = Number(start);
      after = Number(to);
      beforeLeft = Number(count);
      afterLeft = Number(toCount);
      // A hunk that has no line before the change names the line that it follows.
      const first = beforeLeft === 0 ? before + 1 : before;
      hunk = { heading, skipped: Math.max(0, first - beforeEnd), lines: [] };
      patch.hunks.push(hunk);
      beforeEnd = first + beforeLeft;
    } else if (line.startsWith("Binary files ") || line === "GIT binary patch") patch.isBinary = true;
    else if (line.startsWith("old mode ")) oldMode = line.slice(9);
    else if (line.startsWith("new mode ")) patch.mode = `${oldMode} → ${line.slice(9)}`;
    else if (line.startsWith("rename from ")) patch.from = line.slice(12);
  }
  return patch;
}

/** A diff of several files, cut into theirs, by the path after the change (before it, where a file was deleted). */
export function splitDiff(diff: string): Map<string, string> {
  const patches = new Map<string, string>();
  for (const text of diff.split(/^(?=diff --git )/m)) {
    const path =
      /^\+\+\+ "?b\/(.+?)"?\t?$/m.exec(text)?.[1] ??
      /^--- "?a\/(.+?)"?\t?$/m.exec(text)?.[1] ??
      /^rename to (.+)$/m.exec(text)?.[1] ??
      /^diff --git "?a\/.+ "?b\/(.+?)"?$/m.exec(text)?.[1];
    if (path !== undefined) patches.set(path, text);
  }
  return patches;
}

/** How many lines a patch adds and removes. */
export function countLines({ hunks }: Patch): { additions: number; deletions: number } {
  let additions = 0;
  let deletions = 0;
  for (const { lines } of hunks)
    for (const { kind } of lines) {
      if (kind === "added") additions += 1;
      else if (kind === "removed") deletions += 1;
    }
  return { additions, deletions };
}
