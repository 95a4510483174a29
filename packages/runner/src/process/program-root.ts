import { realpath } from "node:fs/promises";
import { sep } from "node:path";

/**
 * What a program consists of, as far as its path tells: the whole tree of packages that it was installed in by npm, else
 * the file alone. The path may be a link. Never rejects.
 */
export async function programRoot(path: string): Promise<string> {
  const real = await realpath(path).catch(() => path);
  const parts = real.split(sep);
  const packages = parts.indexOf("node_modules");
  return packages < 0 ? real : parts.slice(0, packages + 1).join(sep);
}
