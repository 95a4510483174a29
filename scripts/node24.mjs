import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./lock.mjs";
import { npm } from "./npm.mjs";
import { withProgress } from "./progress.mjs";
import { SetupError } from "./setup-error.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * A Node that Tutti runs on (22.19 or later): the running one when it is, else Node 24 from npm, fetched once into
 * the `toolchain` folder beside the scripts, or into the state folder where the package's own cannot be written.
 * Needs the network only when it is not there yet. Several processes may ask at once.
 * @returns {Promise<string>} the path of the binary
 * @throws {SetupError} when this platform has no such binary or npm cannot fetch it
 */
export async function ensureNode24() {
  if (isRecentEnough(process.versions.node)) return process.execPath;
  const { name, version } = pinnedPackage();
  const homes = [join(root, "toolchain"), join(stateFolder(), "node24")];
  const present = homes.find((home) => installedVersion(home, name) === version);
  if (present) return binary(present, name);
  const home = homes.find(isWritable);
  if (!home)
    throw new SetupError(
      `no folder to keep Node ${version} in: make one of these writable: ${homes.join(", ")}`,
    );
  await withLock(join(home, ".lock"), async () => {
    if (installedVersion(home, name) === version) return;
    await withProgress(`Fetching Node ${version}`, () => install(home, name, version));
  });
  return binary(home, name);
}

/** @param {string} version such as "22.19.0" */
function isRecentEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 19);
}

/** npm's package `node` is a script that fetches one of these; naming it outright works where scripts are blocked. */
function pinnedPackage() {
  const pins = JSON.parse(readFileSync(join(root, "toolchain", "package.json"), "utf8")).optionalDependencies;
  const platform = `${process.platform}-${process.arch}`;
  const name = [`node-${platform}`, `node-bin-${platform}`].find((candidate) => candidate in pins);
  if (!name)
    throw new SetupError(
      `Tutti needs Node 22.19 or later and has none for ${platform}: install it, then start again.`,
    );
  return { name, version: pins[name] };
}

/** Installs aside and moves the whole into place, so that a half-fetched Node is never found. */
async function install(home, name, version) {
  const aside = mkdtempSync(join(home, "install-"));
  try {
    writeFileSync(join(aside, "package.json"), '{ "private": true }\n');
    await npm(["install", "--no-save", "--no-package-lock", `${name}@${version}`], { cwd: aside });
    for (const unused of ["include", "share"])
      rmSync(join(aside, "node_modules", name, unused), { recursive: true, force: true });
    rmSync(join(home, "node_modules"), { recursive: true, force: true });
    renameSync(join(aside, "node_modules"), join(home, "node_modules"));
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function binary(home, name) {
  return join(home, "node_modules", name, "bin", "node");
}

function installedVersion(home, name) {
  try {
    const { version } = JSON.parse(readFileSync(join(home, "node_modules", name, "package.json"), "utf8"));
    return existsSync(binary(home, name)) ? version : undefined;
  } catch {
    return undefined;
  }
}

function stateFolder() {
  const { TUTTI_HOME, XDG_DATA_HOME } = process.env;
  return TUTTI_HOME || join(XDG_DATA_HOME || join(homedir(), ".local", "share"), "tutti");
}

function isWritable(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
