import { mkdir, stat } from "node:fs/promises";

/**
 * Makes a folder of mode 0700, or sees that the one that is there is this user's alone. Throws, saying what to do, when it
 * is not; changes nothing then: who could look into it may have looked.
 */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await stat(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.())
    throw new Error(`${folder} is not a folder of yours: see whose it is, or use another state folder.`);
  if ((found.mode & 0o077) !== 0)
    throw new Error(
      `${folder} is open to others, and tokens lie in it: chmod 700 ${folder}, remove the tokens in it if somebody may have read them, and start again.`,
    );
}
