// npm run bench: the measurements of bench/main.ts, from a bare clone.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBuilt } from "./build.mjs";
import { endLike, runInPlace } from "./child.mjs";
import { ensureHarnessClis, harnessClisBin } from "./install.mjs";
import { ensureNode24 } from "./node24.mjs";
import { reportAndExit } from "./setup-error.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

try {
  const node = await ensureNode24();
  await ensureBuilt();
  await ensureHarnessClis();
  const args = [join(root, "bench/main.ts"), ...process.argv.slice(2)];
  endLike(await runInPlace(node, args, { env: { ...process.env, TUTTI_HARNESS_CLIS: harnessClisBin } }));
} catch (error) {
  reportAndExit(error);
}
