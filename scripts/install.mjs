import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { withLock } from "./lock.mjs";
import { ensureNode24 } from "./node24.mjs";
import { npm } from "./npm.mjs";
import { withProgress } from "./progress.mjs";
import { SetupError } from "./setup-error.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const harnessClis = join(root, "harness-clis");

/** The folder of the pinned agent CLIs' commands. */
export const harnessClisBin = join(harnessClis, "node_modules", ".bin");

/**
 * Installs the project's own dependencies when they are missing or their lockfile has changed.
 * @returns {Promise<void>}
 * @throws {SetupError} when npm fails
 */
export function ensureDependencies() {
  return ensureInstalled(root, "Installing dependencies", ["--include=dev", "--include=optional"]);
}

/**
 * Installs the real agent CLIs that the demo and the tests drive, and sees each of them start.
 * @returns {Promise<void>}
 * @throws {SetupError} when npm fails or a CLI does not answer
 */
export function ensureHarnessClis() {
  return ensureInstalled(harnessClis, "Installing the agent CLIs", ["--include=optional"], finishHarnessClis);
}

/**
 * Installs what `folder`'s lockfile names unless the stamp in its node_modules, written last, names this very lockfile.
 * Not by `npm ci`: it refuses a lockfile that lacks another platform's optional packages, which a registry that does
 * not carry those leaves out.
 */
async function ensureInstalled(folder, label, flags, finish = async () => {}) {
  const stamp = join(folder, "node_modules", ".tutti-installed");
  const wanted = `${createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex")} ${process.platform}-${process.arch}\n`;
  const isCurrent = () => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  if (isCurrent()) return;
  const node = await ensureNode24();
  await withLock(join(root, "toolchain", folder === root ? ".root.lock" : ".harness-clis.lock"), async () => {
    if (isCurrent()) return;
    await withProgress(label, async () => {
      await npm(["install", "--no-save", ...flags], { cwd: folder, node });
      await finish(node);
    });
    writeFileSync(stamp, wanted);
  });
}

/** Claude Code's own install script puts its binary in place; npm may not run it, so it is run here. */
async function finishHarnessClis(node) {
  const claude = join(harnessClis, "node_modules", "@anthropic-ai", "claude-code");
  const placed = spawnSync(node, ["install.cjs"], { cwd: claude, encoding: "utf8" });
  if (placed.status !== 0)
    throw new SetupError(`Claude Code's install script failed:\n${placed.stdout}${placed.stderr}`);
  await Promise.all(["claude", "codex", "pi"].map((name) => seeItStart(name, node)));
}

async function seeItStart(name, node) {
  const env = { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) };
  try {
    await promisify(execFile)(join(harnessClisBin, name), ["--version"], { env, timeout: 60_000 });
  } catch (error) {
    throw new SetupError(
      `${name} was installed but "${join(harnessClisBin, name)} --version" fails: ${error.message}\n` +
        `Remove ${join(harnessClis, "node_modules")} and start again.`,
    );
  }
}
