/** Plays a terminal that a person asked for: dials the server, opens a shell, and passes bytes both ways. */
import { connect } from "node:net";
import {
  closeReason,
  type Environment,
  type Lease,
  type TerminalControl,
  terminalCloses,
  terminalResizeSchema,
  type WantedTerminal,
} from "@tutti/core";
import { type RawData, WebSocket } from "ws";
import { openShell, type Shell } from "./shell.ts";

/** How the server is reached. */
export interface TerminalApi {
  /** The unix socket of its API. */
  socketPath: string;
  /** The host's token. */
  token: string;
}

export interface TerminalOptions {
  api: TerminalApi;
  lease: Lease;
  environment: Environment;
  /** Unique to this terminal. */
  marker: string;
  /** Abort ends it. */
  signal: AbortSignal;
}

/** How long the server may take to answer, in milliseconds. */
const handshakeMs = 10_000;
/** How long the server may take to say its part of the farewell, in milliseconds. */
const farewellMs = 2_000;
/** Bytes that may wait for the server: with more the shell's output is not read, with less it is read again. */
const high = 1024 * 1024;
const low = 256 * 1024;
const messageBytes = 1024 * 1024;

/**
 * Resolves when the terminal has ended and nothing of it is left. Rejects when the server could not be reached for it; a shell
 * that does not open is told to the person.
 */
export async function playTerminal(wanted: WantedTerminal, options: TerminalOptions): Promise<void> {
  const { environment, marker, signal } = options;
  const socket = dial(wanted.id, options);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const failed = new Promise<never>((_, reject) => socket.once("error", reject));
  failed.catch(() => {});
  socket.on("error", () => {});
  await Promise.race([new Promise<void>((resolve) => socket.once("open", () => resolve())), failed]);
  // What was typed before the shell is there waits on its way.
  socket.pause();
  const bid = async (code: number, reason: string) => {
    socket.resume();
    socket.close(code, closeReason(reason));
    const timer = setTimeout(() => socket.terminate(), farewellMs);
    await closed;
    clearTimeout(timer);
  };

  let shell: Shell;
  try {
    shell = await openShell({ ...wanted, environment, marker });
  } catch (error) {
    return bid(terminalCloses.unavailable, error instanceof Error ? error.message : String(error));
  }
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  join(socket, shell);
  const exit = await Promise.race([
    shell.exited.then((code) => ({ code })),
    closed.then(() => undefined),
    aborted.then(() => undefined),
  ]);
  if (exit) {
    const control: TerminalControl = { type: "exit", code: exit.code };
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(control));
    await Promise.all([bid(terminalCloses.done, "the shell ended"), shell.end()]);
  } else await Promise.all([shell.end(), bid(terminalCloses.unavailable, "the machine's host stopped")]);
}

function dial(id: string, { api, lease }: TerminalOptions): WebSocket {
  const query = new URLSearchParams({ host: lease.host, epoch: String(lease.epoch) });
  return new WebSocket(`ws://localhost/v1/terminals/${encodeURIComponent(id)}?${query}`, {
    createConnection: () => connect(api.socketPath),
    headers: { authorization: `Bearer ${api.token}` },
    handshakeTimeout: handshakeMs,
    maxPayload: messageBytes,
    perMessageDeflate: false,
  });
}

function join(socket: WebSocket, shell: Shell): void {
  shell.onOutput((bytes) => {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(bytes, { binary: true }, () => {
      if (socket.bufferedAmount < low) shell.resume();
    });
    if (socket.bufferedAmount > high) shell.pause();
  });
  shell.onRoom(() => socket.resume());
  socket.on("message", (data: RawData, isBinary) => {
    if (!isBinary) {
      const control = resize(data);
      if (control) shell.resize(control.columns, control.rows);
      return;
    }
    const bytes = Array.isArray(data) ? Buffer.concat(data) : new Uint8Array(data);
    if (!shell.write(bytes)) socket.pause();
  });
  socket.resume();
}

function resize(data: RawData): { columns: number; rows: number } | undefined {
  try {
    return terminalResizeSchema.safeParse(JSON.parse(data.toString())).data;
  } catch {
    return undefined;
  }
}
