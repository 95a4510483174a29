import { once } from "node:events";
import { chmod, lstat, mkdir, unlink } from "node:fs/promises";
import { connect, type Server } from "node:net";
import path from "node:path";

/** A unix socket's path has room for 107 bytes on Linux and 103 on macOS; a longer one is cut in silence. */
const longestPath = 103;

/**
 * Lets a server listen on a unix socket of mode 0600 in a folder of mode 0700, which is made. A socket that a dead process
 * left is replaced. Throws, saying what to do, when somebody answers there or the folder is not for this user alone.
 */
export async function listenPrivately(server: Server, socketPath: string): Promise<void> {
  if (Buffer.byteLength(socketPath) > longestPath)
    throw new Error(`${socketPath} is too long for a socket: it may have ${longestPath} bytes`);
  const folder = path.dirname(socketPath);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0)
    throw new Error(`${folder} must be a folder that is yours alone: remove it, or chmod 700 ${folder}`);
  if (await answers(socketPath)) throw new Error(`another process listens on ${socketPath} already`);
  await unlink(socketPath).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  });
  const listening = once(server, "listening");
  server.listen({ path: socketPath });
  await listening;
  await chmod(socketPath, 0o600);
}

async function answers(socketPath: string): Promise<boolean> {
  const socket = connect(socketPath);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
