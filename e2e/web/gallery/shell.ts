/** A shell that runs nothing: it shows what was typed, and ends by `exit`. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type TerminalControl, terminalQuerySchema } from "@tutti/core";
import { type WebSocket, WebSocketServer } from "ws";

const prompt = "\u001b[32mjo@studio\u001b[0m \u001b[34mtodos-due-dates\u001b[0m $ ";
const begin = `${prompt}git status --short --branch\r\n## feat/due-dates\r\n${prompt}npm test due\r\n\u001b[32m14 passed\u001b[0m\r\n${prompt}`;

export interface Shells {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends every shell. */
  close(): void;
}

export function openShells(): Shells {
  const server = new WebSocketServer({ noServer: true });
  return {
    upgrade(request, socket, head) {
      const url = new URL(request.url ?? "/", "http://gallery");
      const query = terminalQuerySchema.safeParse(Object.fromEntries(url.searchParams));
      if (url.pathname !== "/v1/terminals" || !query.success) return void socket.destroy();
      server.handleUpgrade(request, socket, head, play);
      return undefined;
    },
    close() {
      for (const client of server.clients) client.terminate();
    },
  };
}

function play(socket: WebSocket): void {
  let line = "";
  const say = (text: string) => socket.send(Buffer.from(text));
  say(begin);
  socket.on("message", (data, isBinary) => {
    if (!isBinary) return;
    for (const letter of data.toString()) {
      if (letter === "\r" && line === "exit") {
        socket.send(JSON.stringify({ type: "exit", code: 0 } satisfies TerminalControl));
        return socket.close(1000);
      }
      if (letter === "\r") {
        line = "";
        say(`\r\n${prompt}`);
      } else if (letter === "\u007f") {
        if (line !== "") say("\b \b");
        line = line.slice(0, -1);
      } else {
        line += letter;
        say(letter);
      }
    }
    return undefined;
  });
}
