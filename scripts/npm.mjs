import { execFile, spawn } from "node:child_process";
import { delimiter, dirname } from "node:path";
import { promisify } from "node:util";
import { SetupError } from "./setup-error.mjs";

/** No script of a package runs, nothing is printed but errors, and a network that is not there is soon said to be. */
const quietly = [
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  "--loglevel=error",
  "--fetch-retry-mintimeout=1000",
  "--fetch-retry-maxtimeout=5000",
];

/**
 * Runs npm quietly and to the end. No package's install script runs: whether npm allows them differs from machine
 * to machine, so nothing here depends on one.
 * @param {string[]} args
 * @param {{ cwd: string, node?: string }} options `node`: the binary that npm runs under, first on its PATH
 * @returns {Promise<void>}
 * @throws {SetupError} with npm's own words when it fails or cannot be started
 */
export async function npm(args, { cwd, node = process.execPath }) {
  const child = spawn("npm", [...args, ...quietly], {
    cwd,
    env: {
      ...inheritedEnv(),
      npm_config_globalconfig: await globalConfig(),
      PATH: [dirname(node), process.env.PATH].join(delimiter),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const keep = (chunk) => {
    said = (said + chunk).slice(0, 3000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const failure = await new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(code === 0 ? undefined : `npm ended with ${signal ?? code}`));
  });
  if (failure) {
    throw new SetupError(
      `npm ${args[0]} in ${cwd} failed: ${failure}.\n${indent(said)}` +
        `This step needs npm and the npm registry: check the network and npm's settings ` +
        `("npm config get registry", "npm ping"), then start the same command again.`,
    );
  }
}

/**
 * The environment without what an outer npm tells its own children about itself: an outer `npm -g`, `--silent`,
 * `--dry-run` or `--workspace` would change what an inner one does. The user's own settings stay.
 */
function inheritedEnv() {
  const outer =
    /^npm_config_(global|dry_run|workspaces?|include_workspace_root|omit|include|only|production|json|loglevel|prefix|local_prefix)$/i;
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !outer.test(name) && name !== "NODE_ENV" && name !== "INIT_CWD",
    ),
  );
}

/**
 * The machine's npm settings (its registry, proxy, certificates). npm looks for them beside the Node that it runs
 * under, so under another one it must be told where they are.
 */
async function globalConfig() {
  const told = process.env.npm_config_globalconfig;
  if (told) return told;
  try {
    return (await promisify(execFile)("npm", ["config", "get", "globalconfig"])).stdout.trim();
  } catch (error) {
    throw new SetupError(
      error.code === "ENOENT"
        ? "npm is not on PATH: install npm 10 or later, then start again."
        : error.message,
    );
  }
}

/** npm's words without its stack. */
function indent(text) {
  return text
    .split("\n")
    .filter((line) => line && !/^npm error(\s+at .*|\s*[{}]?)$/.test(line))
    .map((line) => `  ${line}\n`)
    .join("");
}
