/**
 * The supervisor's own socket: whoever connects is told its status, line by line, and may write `stop`. The connection ends
 * when the supervisor has ended.
 *
 * It is also the lock of a state folder: only a living process can answer on it.
 */
import { once } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Folders } from "../folders.ts";
import { readStatus, type Status } from "./status.ts";

/** The sockets of a state folder's Tutti. */
const controlSocket = ({ runtime }: Folders): string => join(runtime, "serve.sock");
export const apiSocket = ({ runtime }: Folders): string => join(runtime, "api.sock");

export interface Control {
  /** Tells everybody who listens. */
  tell(status: Status): void;
  /** Ends every connection and gives the socket back. */
  close(): Promise<void>;
}

/** Takes the socket. Undefined when another supervisor answers on it. */
export async function openControl(folders: Folders, onStop: () => void): Promise<Control | undefined> {
  const path = controlSocket(folders);
  if (await isAnswered(path)) return undefined;
  rmSync(path, { force: true });
  const listeners = new Set<Socket>();
  let latest: string | undefined;
  const server = createServer((socket) => {
    listeners.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => listeners.delete(socket));
    if (latest) socket.write(latest);
    const lines = createInterface({ input: socket });
    lines.on("error", () => {});
    lines.on("line", (line) => {
      if (line === "stop") onStop();
    });
  });
  const mask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
  try {
    await once(server, "listening");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return undefined;
    throw error;
  }
  chmodSync(path, 0o600);
  return {
    tell(status) {
      latest = `${JSON.stringify(status)}\n`;
      for (const socket of listeners) socket.write(latest);
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of listeners) socket.end();
      await closed;
    },
  };
}

/** Whether a living process listens on a unix socket. */
export async function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A connection to the supervisor of a state folder. */
export interface Supervisor extends AsyncDisposable {
  /** Its status, now and at every change, until it has ended. One reader. */
  readonly statuses: AsyncIterable<Status>;
  /** Asks it to stop everything. */
  stop(): void;
}

/** Connects to the supervisor; undefined when none is there. */
export async function connectSupervisor(folders: Folders): Promise<Supervisor | undefined> {
  const socket = connect(controlSocket(folders));
  try {
    await once(socket, "connect");
  } catch {
    socket.destroy();
    return undefined;
  }
  const lines = createInterface({ input: socket });
  socket.on("error", () => lines.close());
  async function* statuses() {
    for await (const line of lines) {
      const status = readStatus(line);
      if (status) yield status;
    }
  }
  return {
    statuses: statuses(),
    stop: () => void socket.write("stop\n"),
    async [Symbol.asyncDispose]() {
      lines.close();
      socket.destroy();
    },
  };
}

/** The first status of a supervisor; undefined when none is there, or when it ended before it said a word. */
export async function supervisorStatus(folders: Folders): Promise<Status | undefined> {
  await using supervisor = await connectSupervisor(folders);
  if (!supervisor) return undefined;
  for await (const status of supervisor.statuses) return status;
  return undefined;
}
