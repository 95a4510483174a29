import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureDependencies } from "./install.mjs";
import { ensureNode24 } from "./node24.mjs";
import { reportAndExit } from "./setup-error.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tool = (path) => join(root, "node_modules", path);

/**
 * The fences, each a program and its arguments. To add one, add a line: it passes when it exits with 0.
 * @type {Record<string, string[]>}
 */
const fences = {
  Biome: [tool("@biomejs/biome/bin/biome"), "check", "--error-on-warnings", "--max-diagnostics=200"],
  types: [tool("typescript/bin/tsc"), "-p", "tsconfig.json"],
  "web types": [tool("typescript/bin/tsc"), "-p", "packages/web/tsconfig.json"],
  "web test types": [tool("typescript/bin/tsc"), "-p", "e2e/web/tsconfig.json"],
  rooms: ["checks/rooms.mjs"],
  knip: [tool("knip/bin/knip.js"), "--config", "checks/knip.json", "--no-progress", "--no-config-hints"],
  structure: [tool("vitest/vitest.mjs"), "run", join(root, "checks/")],
};

/**
 * Runs the fences, two at a time, each named on stderr with its outcome and time; those that fail are shown in full.
 * @param {string[]} [names] which of them; all when left out
 * @returns {Promise<boolean>} whether all passed
 */
export async function check(names = Object.keys(fences)) {
  const node = await ensureNode24();
  await ensureDependencies();
  const waiting = [...names];
  let passed = true;
  const work = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) {
      const started = Date.now();
      const { code, output } = await captured(node, fences[name]);
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      process.stderr.write(`${code === 0 ? "pass" : "FAIL"}  ${name.padEnd(14)} ${seconds} s\n`);
      if (code !== 0) process.stderr.write(`${output.trim()}\n\n`);
      passed &&= code === 0;
    }
  };
  await Promise.all([work(), work()]);
  return passed;
}

function captured(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: 1, output: error.message }));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await check().then((passed) => {
    process.exitCode = passed ? 0 : 1;
  }, reportAndExit);
}
