import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

/**
 * The absolute path that `path`, seen from `cwd`, really leads to: symlinks are resolved as far as the path exists, the rest
 * stays as written. Never rejects.
 */
export async function realPath(path: string, cwd: string): Promise<string> {
  const absolute = resolve(cwd, path);
  try {
    return await realpath(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(await realPath(parent, cwd), basename(absolute));
  }
}
