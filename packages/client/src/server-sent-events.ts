/** One frame of a stream of server-sent events. */
export interface Frame {
  /** The event's name; `message` when it has none. */
  event: string;
  data: string;
  /** The cursor after this frame, when the stream has told one. */
  id: string | undefined;
}

/**
 * Reads frames as they come. A frame without data is given too when it moves the cursor; comments are not, but `alive`
 * is called for every piece of the stream.
 */
export async function* readFrames(
  body: ReadableStream<Uint8Array>,
  alive: () => void,
): AsyncGenerator<Frame, void, void> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = "";
  let id: string | undefined;
  let fresh = { event: "message", data: [] as string[], moved: false };
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      alive();
      // A carriage return at the end may be half of a line's end.
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line !== "") {
          const [, field = "", text = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
          if (field === "data") fresh.data.push(text);
          else if (field === "event") fresh.event = text;
          else if (field === "id") {
            id = text;
            fresh.moved = true;
          }
          continue;
        }
        const { event, data, moved } = fresh;
        fresh = { event: "message", data: [], moved: false };
        if (data.length > 0 || moved) yield { event, data: data.join("\n"), id };
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
