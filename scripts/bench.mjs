// npm run bench, npm run bench:web: the measurements of bench/main.ts or bench/web/main.ts, from a bare clone.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBuilt } from "./build.mjs";
import { endLike, runInPlace } from "./child.mjs";
import { ensureChromium } from "./chromium.mjs";
import { ensureHarnessClis, harnessClisBin } from "./install.mjs";
import { ensureNode24 } from "./node24.mjs";
import { reportAndExit } from "./setup-error.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

try {
  const node = await ensureNode24();
  await ensureBuilt();
  await ensureHarnessClis();
  const isWeb = process.argv[2] === "web";
  const chromium = isWeb ? await ensureChromium() : undefined;
  const args = isWeb
    ? [join(root, "bench/web/main.ts"), ...process.argv.slice(3)]
    : [join(root, "bench/main.ts"), ...process.argv.slice(2)];
  const env = {
    ...process.env,
    TUTTI_HARNESS_CLIS: harnessClisBin,
    ...(chromium && { TUTTI_CHROMIUM: chromium }),
  };
  endLike(await runInPlace(node, args, { env }));
} catch (error) {
  reportAndExit(error);
}
