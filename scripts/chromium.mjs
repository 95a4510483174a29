// node scripts/chromium.mjs [--install]: prints where this machine's Chromium is. Without one it exits with 1 and says on
// stderr how to get it.
import { execFile } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { withProgress } from "./progress.mjs";
import { reportAndExit } from "./setup-error.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const macOsApps = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
/** With glyphs for names and words of East Asia, which a bare system lacks. */
const debianPackages = ["chromium", "fonts-noto-cjk"];
/** How long apt may take: for the lists, and for the packages. */
const aptLimitMs = 600_000;

/** How a person gets a browser here, as a command or as words. */
export const installCommand =
  process.platform === "darwin"
    ? "brew install --cask google-chrome"
    : existsSync("/usr/bin/apt-get")
      ? `sudo apt-get install -y ${debianPackages.join(" ")}`
      : "install Chromium or Google Chrome, or name it in TUTTI_CHROMIUM";

/**
 * The Chromium or Chrome that is installed: the one that TUTTI_CHROMIUM names, else one on the PATH, else macOS's app.
 * @returns {string | undefined} its absolute path
 */
export function findChromium() {
  const { TUTTI_CHROMIUM, PATH = "" } = process.env;
  if (TUTTI_CHROMIUM) return isProgram(TUTTI_CHROMIUM) ? TUTTI_CHROMIUM : undefined;
  const onPath = PATH.split(delimiter)
    .filter(Boolean)
    .flatMap((folder) => names.map((name) => join(folder, name)));
  return [...onPath, ...(process.platform === "darwin" ? macOsApps : [])].find(isProgram);
}

/**
 * Finds a browser, or installs one where that needs no question: as root on a Debian.
 * @returns {Promise<string | undefined>} its path; undefined where there is none and `installCommand` is for a person to run
 */
export async function ensureChromium() {
  const found = findChromium();
  const mayInstall =
    process.getuid?.() === 0 && existsSync("/usr/bin/apt-get") && !process.env.TUTTI_CHROMIUM;
  if (found || !mayInstall) return found;
  try {
    await withProgress("Installing Chromium", async () => {
      await apt("update");
      await apt("install", "--yes", "--no-install-recommends", ...debianPackages);
    });
  } catch (error) {
    process.stderr.write(`Chromium could not be installed: ${(error.stderr || error.message).trim()}\n`);
  }
  return findChromium();
}

const apt = (...args) =>
  promisify(execFile)("apt-get", ["-qq", "-o", "DPkg::Lock::Timeout=120", ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    timeout: aptLimitMs,
    killSignal: "SIGKILL",
    maxBuffer: 64 * 1024 * 1024,
  });

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const finding = process.argv.includes("--install") ? ensureChromium() : Promise.resolve(findChromium());
  await finding.then((path) => {
    if (path) process.stdout.write(`${path}\n`);
    else process.stderr.write(`no Chromium on this machine: ${installCommand}\n`);
    process.exitCode = path ? 0 : 1;
  }, reportAndExit);
}
