import { InvalidArgumentError } from "commander";

/** A whole number within bounds, for an option. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`give a whole number from ${min} to ${max}.`);
    return value;
  };
}

/** An amount of US dollars, for an option. */
export function dollarAmount(text: string): number {
  const value = Number(text.replace(/^\$/, ""));
  if (!/^\$?\d+(\.\d+)?$/.test(text) || value <= 0 || value > 1_000_000)
    throw new InvalidArgumentError("give an amount of US dollars, such as 5 or 0.50.");
  return value;
}

export const port = wholeNumber(0, 65_535);

/** Collects an option that may be given again and again. */
export const collected = (text: string, before: readonly string[] = []): string[] => [...before, text];

export const jsonOption = ["--json", "print JSON on stdout"] as const;

/** The part of a help page that shows how a verb is called. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
