import { link, readFile, unlink, writeFile } from "node:fs/promises";

/** A word that is made once and then stays the same: of several first callers, one wins. Its folder must be there. */
export async function keptWord(file: string, make: () => string): Promise<string> {
  const kept = await read(file);
  if (kept !== undefined) return kept;
  const scratch = `${file}.${process.pid}`;
  await writeFile(scratch, `${make()}\n`, { mode: 0o600 });
  await link(scratch, file).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  });
  await unlink(scratch);
  const made = await read(file);
  if (made === undefined) throw new Error(`${file} vanished while it was made`);
  return made;
}

async function read(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, "utf8")).trim() || undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
