/** The WebSocket of one terminal: bytes both ways, and control as JSON in text messages. */
import type { TerminalControl } from "@tutti/core";

export interface TerminalSocket {
  write(bytes: Uint8Array<ArrayBuffer>): void;
  resize(columns: number, rows: number): void;
  close(): void;
}

export interface TerminalEnd {
  /** What the shell ended with; null when a signal ended it, undefined when it is not known. */
  code: number | null | undefined;
  /** Why the connection was closed, where the server said so. */
  reason: string;
}

export function openTerminalSocket({
  host,
  folder,
  columns,
  rows,
  onBytes,
  onOpen,
  onEnd,
}: {
  host: string;
  folder: string;
  columns: number;
  rows: number;
  onBytes(bytes: Uint8Array): void;
  onOpen(): void;
  /** Called once. */
  onEnd(end: TerminalEnd): void;
}): TerminalSocket {
  const query = new URLSearchParams({ host, folder, columns: `${columns}`, rows: `${rows}` });
  const socket = new WebSocket(`/v1/terminals?${query}`);
  socket.binaryType = "arraybuffer";
  let code: number | null | undefined;
  socket.addEventListener("open", onOpen);
  socket.addEventListener("message", ({ data }) => {
    if (data instanceof ArrayBuffer) onBytes(new Uint8Array(data));
    else if (typeof data === "string") code = exitCode(data) ?? code;
  });
  socket.addEventListener("close", ({ reason }) => onEnd({ code, reason }), { once: true });
  const send = (message: string | Uint8Array<ArrayBuffer>) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(message);
  };
  return {
    write: send,
    resize: (toColumns, toRows) =>
      send(JSON.stringify({ type: "resize", columns: toColumns, rows: toRows } satisfies TerminalControl)),
    close: () => socket.close(),
  };
}

function exitCode(text: string): number | null | undefined {
  try {
    const control: unknown = JSON.parse(text);
    if (typeof control !== "object" || control === null || !("type" in control) || control.type !== "exit")
      return undefined;
    return "code" in control && typeof control.code === "number" ? control.code : null;
  } catch {
    return undefined;
  }
}
