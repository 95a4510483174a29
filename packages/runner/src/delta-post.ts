import type { Delta } from "@tutti/core";

/** How much unsent text is kept; more is dropped, since the whole item follows in the log. */
const bound = 1_000_000;

/**
 * Posts streamed text: one request at a time, and what gathers meanwhile goes with the next. Text that cannot be posted is
 * dropped without a word.
 */
export function deltaPost(post: (delta: Delta) => Promise<unknown>): (delta: Delta) => void {
  const waiting = new Map<string, Delta>();
  let size = 0;
  let posting = false;
  async function drain(): Promise<void> {
    posting = true;
    for (let next = take(); next; next = take()) await post(next).catch(() => {});
    posting = false;
  }
  function take(): Delta | undefined {
    for (const [key, delta] of waiting) {
      waiting.delete(key);
      size -= delta.text.length;
      return delta;
    }
    return undefined;
  }
  return (delta) => {
    if (size + delta.text.length > bound) return;
    const key = `${delta.session} ${delta.item} ${delta.kind}`;
    const before = waiting.get(key);
    waiting.set(key, before ? { ...before, text: before.text + delta.text } : delta);
    size += delta.text.length;
    if (!posting) void drain();
  };
}
