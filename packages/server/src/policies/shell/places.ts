/** Where a path lies: in the workspace, among scratch files, in the person's home folder. */
import { posix } from "node:path";

export function isInside(path: string, workspace: string | null): boolean {
  if (workspace === null || !posix.isAbsolute(path)) return false;
  const from = posix.relative(workspace, path);
  return from !== ".." && !from.startsWith("../");
}

/** A path that begins with `~`, as an absolute one where the home folder is known. */
export const withHome = (path: string, home: string | null): string =>
  home !== null && (path === "~" || path.startsWith("~/")) ? posix.normalize(home + path.slice(1)) : path;
