import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";

/**
 * Reads a file below a folder in which an agent may write, as text. Nothing on the way may be a symbolic link, and what is read must be a
 * plain file of at most `maxBytes`. undefined: there is no such file. Everything else is an UnreadableFile.
 */
export async function strictRead(root: string, path: string, maxBytes: number): Promise<string | undefined> {
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  const folder = await openBelow(root, parts);
  try {
    return folder && (await readPlain(folder.entry(name), path, maxBytes));
  } finally {
    await folder?.close();
  }
}

/** What an agent put in the place of a file that Tutti reads is not a plain file of a sensible size. */
export class UnreadableFile extends Error {
  override readonly name = "UnreadableFile";
}

/** An open folder: its entries are reached through it, whatever happens to its name meanwhile. */
export interface OpenFolder {
  /** A path to an entry of this folder. Its last part is not resolved yet. */
  entry(name: string): string;
  close(): Promise<void>;
}

/** Opens the folder that lies `parts` below `root`, through plain folders alone. undefined: there is no such folder. */
export async function openBelow(root: string, parts: readonly string[]): Promise<OpenFolder | undefined> {
  let folder = await openFolder(root, ".");
  for (const [index, part] of parts.entries()) {
    if (folder === undefined) return undefined;
    const next: OpenFolder | undefined = await openFolder(
      folder.entry(part),
      parts.slice(0, index + 1).join("/"),
    ).finally(folder.close);
    folder = next;
  }
  return folder;
}

async function openFolder(path: string, named: string): Promise<OpenFolder | undefined> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    // Only Linux resolves a name below an open folder; where it does not, there is no confinement that this would be part of.
    const at = process.platform === "linux" ? `/proc/self/fd/${handle.fd}` : path;
    return { entry: (name) => join(at, name), close: () => handle.close() };
  } catch (cause) {
    if (isCode(cause, "ENOENT")) return undefined;
    throw new UnreadableFile(`${named} is not a plain folder`, { cause });
  }
}

async function readPlain(path: string, named: string, maxBytes: number): Promise<string | undefined> {
  let file: FileHandle;
  try {
    // Without O_NONBLOCK a named pipe in the file's place would hold the reader for ever.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if (isCode(cause, "ENOENT")) return undefined;
    throw new UnreadableFile(`${named} is not a plain file`, { cause });
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new UnreadableFile(`${named} is not a plain file`);
    const { size } = stats;
    if (size > maxBytes) throw new UnreadableFile(`${named} is larger than ${maxBytes} bytes`);
    const buffer = Buffer.alloc(size);
    const { bytesRead } = await file.read(buffer, 0, size, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && "code" in cause && cause.code === code;
}
