/** Unified patches of small texts, as git writes them. */
import type { ChangedFile } from "@tutti/core";

interface Line {
  mark: " " | "+" | "-";
  text: string;
}

/** What changes from one text to the other; null stands for a file that is not there. */
export function changeOf(path: string, before: string | null, after: string | null): ChangedFile {
  const lines = compare(linesOf(before), linesOf(after));
  const count = (mark: Line["mark"]) => lines.filter((line) => line.mark === mark).length;
  const status = before === null ? "A" : after === null ? "D" : "M";
  return { path, status, additions: count("+"), deletions: count("-") };
}

export function patchOf(path: string, before: string | null, after: string | null, context = 3): string {
  const lines = compare(linesOf(before), linesOf(after));
  const head = [
    `diff --git a/${path} b/${path}`,
    ...(before === null ? ["new file mode 100644"] : after === null ? ["deleted file mode 100644"] : []),
    `--- ${before === null ? "/dev/null" : `a/${path}`}`,
    `+++ ${after === null ? "/dev/null" : `b/${path}`}`,
  ];
  return `${[...head, ...hunks(lines, context)].join("\n")}\n`;
}

const linesOf = (text: string | null): string[] =>
  text === null || text === "" ? [] : text.replace(/\n$/, "").split("\n");

/** The shortest way from one to the other, by their longest common part. */
function compare(before: readonly string[], after: readonly string[]): Line[] {
  const width = after.length + 1;
  const longest = new Uint32Array((before.length + 1) * width);
  const at = (i: number, j: number) => longest[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1)
    for (let j = after.length - 1; j >= 0; j -= 1)
      longest[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const old = before[i];
    const fresh = after[j];
    if (old !== undefined && old === fresh) {
      lines.push({ mark: " ", text: old });
      i += 1;
      j += 1;
    } else if (old !== undefined && (fresh === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ mark: "-", text: old });
      i += 1;
    } else {
      lines.push({ mark: "+", text: fresh ?? "" });
      j += 1;
    }
  }
  return lines;
}

function hunks(lines: readonly Line[], context: number): string[] {
  const changed = lines.flatMap(({ mark }, index) => (mark === " " ? [] : [index]));
  const ranges: { from: number; to: number }[] = [];
  for (const index of changed) {
    const from = Math.max(0, index - context);
    const to = Math.min(lines.length, index + context + 1);
    const last = ranges.at(-1);
    if (last && from <= last.to) last.to = to;
    else ranges.push({ from, to });
  }
  return ranges.flatMap(({ from, to }) => {
    const before = lines.slice(0, from);
    const here = lines.slice(from, to);
    const old = here.filter(({ mark }) => mark !== "+").length;
    const fresh = here.filter(({ mark }) => mark !== "-").length;
    const start = (skipped: Line["mark"], count: number) =>
      before.filter(({ mark }) => mark !== skipped).length + (count === 0 ? 0 : 1);
    return [
      `@@ -${start("+", old)},${old} +${start("-", fresh)},${fresh} @@`,
      ...here.map(({ mark, text }) => `${mark}${text}`),
    ];
  });
}
