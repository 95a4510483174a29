import type { Environment } from "@tutti/core";

/** Names, and beginnings of names, that say how a machine is set up and never hold a secret. */
const NAMES = new Set(
  [
    "PATH",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "FORCE_COLOR",
    "SHELL",
    "USER",
    "LOGNAME",
    "CI",
  ].concat(
    [
      "CARGO_HOME",
      "RUSTUP_HOME",
      "RUSTUP_TOOLCHAIN",
      "GOPATH",
      "GOROOT",
      "GOTOOLCHAIN",
      "JAVA_HOME",
      "ANDROID_HOME",
    ],
    [
      "NVM_DIR",
      "NVM_BIN",
      "NODE_ENV",
      "VOLTA_HOME",
      "PNPM_HOME",
      "BUN_INSTALL",
      "DENO_INSTALL",
      "FNM_DIR",
      "ASDF_DIR",
    ],
    [
      "PYENV_ROOT",
      "PYENV_VERSION",
      "VIRTUAL_ENV",
      "CONDA_PREFIX",
      "RBENV_ROOT",
      "GEM_HOME",
      "SDKMAN_DIR",
      "DOTNET_ROOT",
    ],
  ),
);
const BEGINNINGS = ["LC_"];

/**
 * The part of an environment that a confined program may see: an allow-list, since a user's environment is full of logins
 * whose names nobody can foresee. What a harness needs beside it, its adapter adds.
 */
export function plainEnvironment(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined &&
        (NAMES.has(entry[0]) || BEGINNINGS.some((start) => entry[0].startsWith(start))),
    ),
  );
}
