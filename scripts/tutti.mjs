#!/usr/bin/env node
// Starts Tutti on any Node from 20.6 up: it is `tutti` in a checkout and the command of the installed package.
// Installed, it runs what is in dist/; in a checkout it first brings the dependencies and dist/ up to date. Tutti itself
// needs a later Node than this file: node24.mjs finds one.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);

if (args.length === 1 && ["--version", "-V"].includes(args[0])) {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  process.stdout.write(`tutti ${version}\n`);
} else {
  await start().catch(async (error) => {
    const { reportAndExit } = await import("./setup-error.mjs");
    reportAndExit(error);
  });
}

async function start() {
  const main = join(root, "dist", "main.js");
  if (existsSync(join(root, "packages"))) {
    const { ensureBuilt } = await import("./build.mjs");
    await ensureBuilt();
  }
  const { ensureNode24 } = await import("./node24.mjs");
  const node = await ensureNode24();
  if (node === process.execPath) {
    process.argv[1] = main;
    await import("../dist/main.js");
  } else {
    const { endLike, runInPlace } = await import("./child.mjs");
    endLike(await runInPlace(node, [main, ...args]));
  }
}
