import { once } from "node:events";
import { chmod, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import type { RefAnswer, Wish } from "./judge.ts";

/** What happens to a push whose hook has arrived: words for the agent meanwhile, one answer for each ref at the end. */
export type Receive = (
  wish: Wish,
  client: { say: (line: string) => void; signal: AbortSignal },
) => Promise<RefAnswer[]>;

export interface HookSocket {
  path: string;
  /** Lets one hook in, by a token that it was given in its environment. */
  expect(token: string, receive: Receive): void;
  forget(token: string): void;
  close(): Promise<void>;
}

/** A thousand names and as many object ids. */
const LINE_LIMIT = 4 * 1024 * 1024;
/** A socket's path is at most this long everywhere. */
export const SOCKET_PATH_LIMIT = 103;

/** Opens the socket on which the hooks of the gate repositories speak, in a folder that nobody else enters. */
export async function openHookSocket(path: string, report: (problem: string) => void): Promise<HookSocket> {
  const expected = new Map<string, Receive>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const gone = new AbortController();
    const say = (line: string) => void socket.write(`${JSON.stringify({ say: line })}\n`);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      gone.abort();
    });
    socket.setEncoding("utf8");
    let text = "";
    socket.on("data", (chunk: string) => {
      if (text.includes("\n")) return;
      text += chunk;
      if (text.length > LINE_LIMIT) socket.destroy();
      if (!text.includes("\n")) return;
      const asked = parse(text);
      const receive = asked && expected.get(asked.token);
      if (!asked || !receive) {
        socket.destroy();
        return;
      }
      expected.delete(asked.token);
      receive(asked, { say, signal: gone.signal })
        .catch((cause: unknown) => {
          report(String(cause));
          return asked.commands.map(({ ref }) => ({ ref, ok: false, message: "Tutti's push gate failed" }));
        })
        .then((answers) =>
          socket.end(
            `${JSON.stringify({ answers: answers.map((one) => ({ ...one, message: oneLine(one.message) })) })}\n`,
          ),
        );
    });
  });
  await rm(path, { force: true });
  server.listen(path);
  await once(server, "listening");
  await chmod(path, 0o600);
  return {
    path,
    expect: (token, receive) => void expected.set(token, receive),
    forget: (token) => void expected.delete(token),
    async close() {
      expected.clear();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim().slice(0, 800);

function parse(line: string): (Wish & { token: string }) | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { token, atomic, options, commands } = value;
  if (typeof token !== "string" || typeof atomic !== "boolean") return undefined;
  if (!Array.isArray(options) || !Array.isArray(commands)) return undefined;
  const words = options.filter((option) => typeof option === "string");
  const changes = commands.flatMap((command: unknown) => {
    if (!isRecord(command)) return [];
    const { ref, old, new: to } = command;
    if (typeof ref !== "string" || !isObjectId(old) || !isObjectId(to)) return [];
    return [{ ref, old, new: to }];
  });
  if (words.length !== options.length || changes.length !== commands.length) return undefined;
  return { token, atomic, options: words, commands: changes };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
const isObjectId = (value: unknown): value is string =>
  typeof value === "string" && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value);
