import { realpath } from "node:fs/promises";
import { join, sep } from "node:path";

/**
 * The real path of something below a root, symbolic links resolved. Throws with what to do when it is not there, or when a
 * link leads out of the root.
 */
export async function insideRoot(root: string, path: string): Promise<string> {
  const top = await real(root, root);
  const found = await real(join(top, path), path);
  if (found !== top && !found.startsWith(top.endsWith(sep) ? top : top + sep))
    throw new Error(`${path} leads out of ${root}: open the place it leads to instead`);
  return found;
}

async function real(path: string, said: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") throw new Error(`${said} is not there`, { cause });
    if (code === "EACCES") throw new Error(`${said} may not be read`, { cause });
    throw cause;
  }
}
