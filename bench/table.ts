import type { Row } from "./measurement.ts";

const heads = ["", "n", "median", "p95", "p99", "bare", "bare p95", "added", "ratio", "target", ""];

/** Rows under their title, columns aligned: text to the left, numbers to the right. A column that no row fills is left out. */
export function table(sections: readonly { title: string; rows: readonly Row[] }[]): string {
  const cells = sections.map(({ title, rows }) => ({ title, lines: rows.map(cellsOf) }));
  const all = [heads, ...cells.flatMap(({ lines }) => lines)];
  const widths = heads.map((_, column) => Math.max(...all.map((line) => [...(line[column] ?? "")].length)));
  const isFilled = heads.map((_, column) => all.slice(1).some((line) => line[column] !== ""));
  const print = (line: readonly string[]) =>
    line
      .flatMap((cell, column) => {
        if (!isFilled[column]) return [];
        const isText = column === 0 || column >= heads.length - 2;
        return isText ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
      })
      .join("  ")
      .trimEnd();
  return [print(heads), ...cells.flatMap(({ title, lines }) => ["", title, ...lines.map(print)])].join("\n");
}

function cellsOf({ what, unit, value, beside, target }: Row): string[] {
  const show = (amount: number) => [number(amount), unit].filter((part) => part !== "").join(" ");
  const many = value.n > 1;
  return [
    `  ${what}`,
    String(value.n),
    show(value.median),
    many ? show(value.p95) : "",
    value.n >= 100 ? show(value.p99) : "",
    beside ? show(beside.bare.median) : "",
    beside ? show(beside.bare.p95) : "",
    beside ? show(beside.added) : "",
    beside ? `${beside.ratio.toFixed(2)} ×` : "",
    target?.text ?? "",
    target ? (target.met ? "met" : "MISSED") : "",
  ];
}

/** Three digits that mean something. */
function number(amount: number): string {
  const size = Math.abs(amount);
  if (Number.isInteger(amount) || size >= 100) return amount.toFixed(0);
  return amount.toFixed(size >= 10 ? 1 : 2);
}
