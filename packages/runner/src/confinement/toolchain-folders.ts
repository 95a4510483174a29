import { readdir, realpath, stat } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join, relative } from "node:path";
import type { Environment } from "@tutti/core";
import { isWithin } from "./mounts.ts";

/** Below HOME, what belongs to a toolchain as a whole when one of its program folders is on PATH. */
const ROOTS = [
  [".cargo", "bin"],
  [".rustup"],
  [".nvm"],
  [".pyenv"],
  [".rbenv"],
  [".sdkman"],
  [".volta"],
  [".bun"],
  [".deno"],
  [".asdf"],
  [".fnm"],
  [".local", "share", "fnm"],
  [".local", "share", "mise"],
  [".local", "share", "uv"],
  [".local", "share", "pnpm"],
  [".local", "share", "pipx"],
  [".local", "bin"],
  ["go"],
  [".goenv"],
  [".nodenv"],
  [".jenv"],
  [".ghcup"],
  [".opam"],
  [".juliaup"],
  [".dotnet"],
  [".npm-global"],
] as const;
/** Beside what is on PATH: a program there is only a door to what lies here. */
const COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  ".cargo/bin": [".rustup"],
  ".local/bin": [".local/share/uv", ".local/share/pipx", ".local/share/mise"],
};
/** Never shown, nor anything within, whatever PATH says. */
const NEVER = [
  ".ssh",
  ".aws",
  ".azure",
  ".config",
  ".docker",
  ".gnupg",
  ".kube",
  ".netrc",
  ".password-store",
  ".mozilla",
  ".local/share/keyrings",
];
/** The system's own programs are there in any case. */
const SYSTEM = ["/usr", "/bin", "/sbin", "/opt", "/nix", "/snap"];

/** Whether a path belongs to the system's own programs, which confined programs see without being named. */
const isSystems = (path: string): boolean => SYSTEM.some((folder) => isWithin(path, folder));

/**
 * The folders that a confined program needs to read so that what is on PATH works: below HOME the toolchain that a PATH
 * folder belongs to, elsewhere the folder that holds it. For a spec's `readable`. What holds secrets is never among them,
 * and neither are HOME itself, a folder above it, and what lies in `never` (Tutti's state). Never rejects.
 */
export async function toolchainFolders(
  environment: Environment,
  never: readonly string[] = [],
): Promise<string[]> {
  const home = environment.HOME;
  const found = new Set<string>();
  const candidates = (environment.PATH ?? "")
    .split(delimiter)
    .filter((path) => isAbsolute(path) && !isSystems(path))
    .flatMap((path) =>
      home !== undefined && path !== home && isWithin(path, home) ? belowHome(home, path) : elsewhere(path),
    );
  const forbidden = [...never, ...(home ? NEVER.map((name) => join(home, name)) : [])];
  for (const path of candidates) {
    const real = await realpath(path).catch(() => undefined);
    if (real === undefined || !(await stat(real)).isDirectory()) continue;
    const reached = [path, real];
    if (reached.some((each) => forbidden.some((secret) => isWithin(each, secret) || isWithin(secret, each))))
      continue;
    if (reached.some((each) => each === "/" || (home !== undefined && isWithin(home, each)))) continue;
    found.add(path);
    // A link's own target must be there too, where a program finds itself by its real path.
    if (real !== path && !SYSTEM.some((folder) => isWithin(real, folder))) found.add(real);
    for (const linked of await linkedPrograms(real, home)) {
      if (!forbidden.some((secret) => isWithin(linked, secret) || isWithin(secret, linked)))
        found.add(linked);
    }
  }
  const all = [...found].sort();
  return all.filter((path) => !all.some((other) => other !== path && isWithin(path, other)));
}

function belowHome(home: string, path: string): string[] {
  const steps = relative(home, path).split("/");
  const root = ROOTS.find((each) => each.every((step, index) => steps[index] === step));
  const own = root ? root.join("/") : steps.join("/");
  return [own, ...(COMPANIONS[own] ?? [])].map((name) => join(home, name));
}

/** A folder called bin belongs to the folder around it, with its lib and share; near the root that would be too much. */
function elsewhere(path: string): string[] {
  const around = dirname(path);
  return [path.endsWith("/bin") && around.split("/").length > 3 ? around : path];
}

/** A folder of links (as ~/.local/bin often is): the folders that its programs really lie in, below HOME only. */
async function linkedPrograms(folder: string, home: string | undefined): Promise<string[]> {
  if (home === undefined || !isWithin(folder, home)) return [];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const targets = await Promise.all(
    entries
      .filter((entry) => entry.isSymbolicLink())
      .map((entry) => realpath(join(folder, entry.name)).catch(() => undefined)),
  );
  return targets
    .filter((target) => target !== undefined && isWithin(target, home) && !isWithin(target, folder))
    .filter((target) => target !== undefined)
    .map((target) => dirname(target))
    .filter((target) => target !== home);
}
