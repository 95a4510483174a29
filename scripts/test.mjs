// npm test: everything, from a bare clone. `npm test -- packages/core` runs the tests of a folder alone, without the
// fences. The last line on stdout is "N passed, N failed, N skipped".
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBuilt } from "./build.mjs";
import { check } from "./check.mjs";
import { runInPlace } from "./child.mjs";
import { ensureChromium } from "./chromium.mjs";
import { ensureHarnessClis, harnessClisBin } from "./install.mjs";
import { ensureNode24 } from "./node24.mjs";
import { reportAndExit } from "./setup-error.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

try {
  const chosen = process.argv.slice(2);
  const node = await ensureNode24();
  await ensureBuilt();
  await ensureHarnessClis();
  const chromium = await ensureChromium();
  const lawful =
    chosen.length > 0 || (await check(["Biome", "types", "web types", "web test types", "rooms", "knip"]));
  const { sound, passed, failed, skipped } = await vitest(node, chosen, chromium);
  if (!lawful) process.stderr.write("npm run check fails: see above.\n");
  if (passed + failed === 0) process.stderr.write("No test was executed.\n");
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  process.exitCode = lawful && sound && failed === 0 && passed > 0 ? 0 : 1;
} catch (error) {
  reportAndExit(error);
}

/** Counts a test file that could not be loaded as one failure: its tests are not known. */
async function vitest(node, chosen, chromium) {
  const folder = mkdtempSync(join(tmpdir(), "tutti-test-"));
  const report = join(folder, "report.json");
  try {
    const { code } = await runInPlace(
      node,
      [
        join(root, "node_modules/vitest/vitest.mjs"),
        "run",
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${report}`,
        ...chosen,
      ],
      {
        cwd: root,
        env: {
          ...process.env,
          TUTTI_HARNESS_CLIS: harnessClisBin,
          // Where there is no browser, the tests that need one say so.
          ...(chromium && { TUTTI_CHROMIUM: chromium }),
        },
      },
    );
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = read(report);
    const unloaded = testResults.filter(
      ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
    );
    return {
      sound: code === 0,
      passed: numPassedTests,
      failed: numFailedTests + unloaded.length,
      skipped: numPendingTests + numTodoTests,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A vitest that ended before it could report has executed nothing. */
function read(report) {
  try {
    return JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}
