/** The repository that the demonstration works on: a small library with a real test suite and no dependencies. */
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** What Polly is asked to do there; the shipped scenario `demo` knows how. */
export const demoTask = "Add a function median to the statistics library, with tests";

const files: Readonly<Record<string, string>> = {
  "README.md": `# statistics

A few functions over lists of numbers. Each lives in a file of its own under \`src/\`, with its tests under \`test/\`.
`,
  "package.json": `${JSON.stringify(
    { name: "statistics", version: "1.0.0", private: true, type: "module", scripts: { test: "node --test" } },
    null,
    2,
  )}\n`,
  "src/mean.js": `/** The arithmetic mean of some numbers. */
export function mean(values) {
  if (values.length === 0) throw new RangeError("mean of no values");
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
`,
  "test/mean.test.js": `import assert from "node:assert/strict";
import { test } from "node:test";
import { mean } from "../src/mean.js";

test("the mean of some numbers", () => {
  assert.equal(mean([1, 2, 6]), 3);
});

test("there is no mean of no values", () => {
  assert.throws(() => mean([]), RangeError);
});
`,
};

/** Makes the repository in a folder that is not there yet, with one commit on `main`. */
export async function makeSampleRepository(folder: string): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const git = (...args: string[]) => promisify(execFile)("git", ["-C", folder, ...args]);
  await git("init", "--quiet", "--initial-branch=main");
  await git("config", "user.name", "Tutti demo");
  await git("config", "user.email", "demo@example.com");
  await git("add", "--all");
  await git(
    "-c",
    "core.hooksPath=/dev/null",
    "commit",
    "--quiet",
    "--no-gpg-sign",
    "--message",
    "Begin the statistics library",
  );
}

/** The history of the repository's branch, newest first. */
export async function history(folder: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)("git", ["-C", folder, "log", "--oneline", "main"]);
  return stdout.trim().split("\n");
}
