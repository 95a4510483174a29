/** Paths as a shell means them: absolute, or beginning with `~` for a home folder that has no known place. */
import { posix } from "node:path";

/** The place that a path means in a folder; undefined when that is not known. */
export function resolvePath(path: string, cwd: string | undefined): string | undefined {
  if (path.startsWith("~")) return path.includes("/") ? posix.normalize(path) : path;
  if (posix.isAbsolute(path)) return posix.normalize(path);
  if (cwd === undefined) return undefined;
  return cwd.startsWith("~") ? posix.normalize(`${cwd}/${path}`) : posix.resolve(cwd, path);
}

export const basename = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
