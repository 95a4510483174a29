import { stat } from "node:fs/promises";
import { delimiter, isAbsolute } from "node:path";
import type { Environment } from "@tutti/core";
import { isSystems, toolchainFolders } from "./confinement/index.ts";

/**
 * What confined programs may read of the machine beside the system's own: the person's toolchains, the folders on PATH that
 * belong to nobody's home, and `more`. What is not there is left out, and so is what every confined program sees: to show it
 * again would lay open what is hidden in it.
 */
export async function readableFolders(
  { environment, home, stateFolder }: { environment: Environment; home: string; stateFolder: string },
  more: readonly string[],
): Promise<string[]> {
  const onPath = (environment.PATH ?? "").split(delimiter).filter(isAbsolute);
  const within = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);
  const elsewhere = onPath.filter(
    (path) => !isSystems(path) && !within(path, home) && !within(path, stateFolder),
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
