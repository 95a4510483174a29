/** What a program printed, as text for the page. Pure. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const sequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** Without colours and other control sequences; of a line that was written over, what stood last. */
export const plainOutput = (text: string): string =>
  text
    .replace(sequences, "")
    .replace(/\r\n/g, "\n")
    .replace(/^.*\r(?=[^\n])/gm, "")
    .replace(controls, "");

/** The last lines that hold something. */
export function lastLines(text: string, count: number): string[] {
  // More than the lines can need is not looked at.
  const lines = plainOutput(text.slice(-count * 2_000)).split("\n");
  return lines.filter((line) => line.trim() !== "").slice(-count);
}
