/** The words between a tab and the shared worker, and both ends of them: to a tab the worker's hub looks like one of its own. */
import type { Hub, Link, Reader, StreamMessage } from "./hub.ts";

type ToWorker =
  | { type: "join"; reader: number; after: number | undefined }
  | { type: "leave"; reader: number }
  | { type: "reconnect" }
  /** The tab goes away. */
  | { type: "close" };

type ToTab =
  | { type: "message"; reader: number; message: StreamMessage }
  | { type: "link"; reader: number; link: Link }
  | { type: "gap"; reader: number };

/** The worker's end. */
export function servePort(hub: Hub, port: MessagePort): void {
  const leaves = new Map<number, () => void>();
  const say = (words: ToTab) => port.postMessage(words);
  port.onmessage = ({ data }: MessageEvent<ToWorker>) => {
    switch (data.type) {
      case "join": {
        const { reader, after } = data;
        const joined: Reader = {
          message: (message) => say({ type: "message", reader, message }),
          link: (link) => say({ type: "link", reader, link }),
          gap: () => say({ type: "gap", reader }),
        };
        leaves.set(reader, hub.join(joined, after));
        return;
      }
      case "leave":
        leaves.get(data.reader)?.();
        leaves.delete(data.reader);
        return;
      case "reconnect":
        hub.reconnect();
        return;
      case "close":
        for (const leave of leaves.values()) leave();
        leaves.clear();
        port.close();
        return;
    }
  };
}

/** The tab's end. */
export function hubBehind(port: MessagePort): Hub {
  const readers = new Map<number, Reader>();
  let last = 0;
  const say = (words: ToWorker) => port.postMessage(words);
  port.onmessage = ({ data }: MessageEvent<ToTab>) => {
    const reader = readers.get(data.reader);
    if (data.type === "message") reader?.message(data.message);
    else if (data.type === "link") reader?.link(data.link);
    else reader?.gap();
  };
  window.addEventListener("pagehide", ({ persisted }) => {
    if (!persisted) say({ type: "close" });
  });
  return {
    join(reader, after) {
      last += 1;
      const number = last;
      readers.set(number, reader);
      say({ type: "join", reader: number, after });
      return () => {
        readers.delete(number);
        say({ type: "leave", reader: number });
      };
    },
    reconnect: () => say({ type: "reconnect" }),
  };
}
