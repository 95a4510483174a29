import { spawn } from "node:child_process";
import { delimiter, dirname } from "node:path";
import { SetupError } from "./setup-error.mjs";

/**
 * Runs npm quietly and to the end. No package's install script runs: whether npm allows them differs from machine
 * to machine, so nothing here depends on one.
 * @param {string[]} args
 * @param {{ cwd: string, node?: string }} options `node`: the binary that npm runs under, first on its PATH
 * @returns {Promise<void>}
 * @throws {SetupError} with npm's own words when it fails or cannot be started
 */
export async function npm(args, { cwd, node = process.execPath }) {
  const child = spawn("npm", [...args, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd,
    env: { ...inheritedEnv(), PATH: [dirname(node), process.env.PATH].join(delimiter) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const keep = (chunk) => {
    said = (said + chunk).slice(0, 3000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const failure = await new Promise((resolve) => {
    child.on("error", (error) => resolve(error.code === "ENOENT" ? "npm is not on PATH" : error.message));
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

function indent(text) {
  return text
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => `  ${line}\n`)
    .join("");
}
