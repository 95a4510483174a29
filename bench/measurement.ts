import type { Bench } from "./bench.ts";
import type { Comparison, Summary } from "./statistics.ts";

/** One line of the table. */
export interface Row {
  what: string;
  unit: "ms" | "MB" | "kB" | "%" | "";
  value: Summary;
  /** The same thing without Tutti. */
  beside?: Comparison;
  /** What is aimed at, and whether it was reached. */
  target?: { text: string; met: boolean };
}

/**
 * CONTRACT: what a measurement is.
 *
 * Who calls: `main.ts`, one after the other, never two at once. What must hold: where two things are compared, they are
 * measured in turns (`interleave`); nothing but loopback is reached; it ends within its budget, a few rounds more than
 * that on a slow machine. A target that is missed is a row that says so, not an error; what cannot be measured throws.
 * Who cleans up: what `bench` gives, `bench` takes down; the rest the measurement itself, also when it throws.
 */
export interface Measurement {
  /** For `--only`. */
  name: string;
  /** Heads its part of the table. */
  title: string;
  measure(bench: Bench): Promise<Row[]>;
}
