import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

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
  /** The folder itself. */
  path: string;
  /** A path to an entry of this folder. Its last part is not resolved yet. */
  entry(name: string | Buffer): string | Buffer;
  close(): Promise<void>;
}

/** Opens what can only be named, not read: so that no permission of an agent's making is in the way. */
const O_PATH = 0o10000000;

/** Opens the folder that lies `parts` below `root`, through plain folders alone. undefined: there is no such folder. */
export async function openBelow(
  root: string | Buffer,
  parts: readonly (string | Buffer)[],
): Promise<OpenFolder | undefined> {
  let folder = await openFolder(root, root.toString());
  for (const part of parts) {
    if (folder === undefined) return undefined;
    const next: OpenFolder | undefined = await openFolder(folder.entry(part), part.toString()).finally(
      folder.close,
    );
    folder = next;
  }
  return folder;
}

async function openFolder(path: string | Buffer, named: string): Promise<OpenFolder | undefined> {
  const isLinux = process.platform === "linux";
  try {
    const mode = isLinux ? O_PATH : constants.O_RDONLY;
    const handle = await open(path, mode | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    // Only Linux resolves a name below an open folder; where it does not, there is no confinement that this would be part of.
    const at = isLinux ? `/proc/self/fd/${handle.fd}` : path.toString();
    return {
      path: at,
      entry: (name) =>
        typeof name === "string" ? `${at}/${name}` : Buffer.concat([Buffer.from(`${at}/`), name]),
      close: () => handle.close(),
    };
  } catch (cause) {
    if (isCode(cause, "ENOENT")) return undefined;
    throw new UnreadableFile(`${named} is not a plain folder`, { cause });
  }
}

/** Reads a plain file as text. Only the last part of its path is known to be no symbolic link. */
export async function readPlain(
  path: string | Buffer,
  named: string,
  maxBytes: number,
): Promise<string | undefined> {
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
