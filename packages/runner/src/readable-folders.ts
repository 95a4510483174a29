import { stat } from "node:fs/promises";
import { delimiter, isAbsolute, resolve } from "node:path";
import type { Environment } from "@tutti/core";
import { isOfSystem, isShowable, toolchainFolders } from "./confinement/index.ts";

/**
 * What confined programs may read of the machine beside the system's own: the person's toolchains, the folders on PATH that
 * belong to nobody's home, and `more`. What is not there is left out, and so is what is shown in any case (`/bin`).
 */
export async function readableFolders(
  { environment, home, stateFolder }: { environment: Environment; home: string; stateFolder: string },
  more: readonly string[],
): Promise<string[]> {
  const onPath = (environment.PATH ?? "")
    .split(delimiter)
    .filter(isAbsolute)
    .map((path) => resolve(path));
  const within = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);
  const elsewhere = onPath.filter(
    (path) =>
      !within(path, home) && !within(path, stateFolder) && isShowable(path, home) && !isOfSystem(path),
  );
  const wanted = [...(await toolchainFolders(environment, [stateFolder])), ...elsewhere, ...more];
  const there = await Promise.all(
    wanted.map((path) =>
      stat(path).then(
        () => [path],
        () => [],
      ),
    ),
  );
  return [...new Set(there.flat())];
}
