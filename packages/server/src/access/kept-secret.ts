import { randomBytes } from "node:crypto";
import { link, open, readFile, stat, unlink } from "node:fs/promises";

/**
 * A secret in a file of mode 0600, made at the first start and then the same. Throws when others may read the file, or it
 * holds none. Its folder is private already.
 */
export async function keptSecret(file: string, make: () => string): Promise<string> {
  const kept = await readKept(file);
  if (kept !== undefined) return kept;
  const scratch = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  const handle = await open(scratch, "wx", 0o600);
  try {
    await handle.writeFile(`${make()}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  // Of several first starts at once, one secret wins.
  await link(scratch, file).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  });
  await unlink(scratch);
  const made = await readKept(file);
  if (made === undefined) throw new Error(`${file} vanished while it was made: start again.`);
  return made;
}

async function readKept(file: string): Promise<string | undefined> {
  const found = await stat(file).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!found) return undefined;
  if ((found.mode & 0o077) !== 0)
    throw new Error(`${file} may be read by others: see who did, remove it, and start again for a new one.`);
  const secret = (await readFile(file, "utf8")).trim();
  if (secret.length < 32)
    throw new Error(`${file} holds no secret: remove it, and start again for a new one.`);
  return secret;
}
