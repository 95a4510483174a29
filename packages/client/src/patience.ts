/** Waits that grow: how often what failed in passing is tried again. */
export interface Patience {
  /** Waits before the next try; false when it was too much. */
  again(): Promise<boolean>;
  /** It went well: the next trouble starts anew. */
  reset(): void;
}

const firstMs = 50;
const lastMs = 2_000;

/** @param limitMs how long to wait in sum before giving up. */
export function patience(limitMs: number, signal?: AbortSignal): Patience {
  let next = firstMs;
  let waited = 0;
  return {
    async again() {
      if (waited >= limitMs || signal?.aborted) return false;
      // Clients that lost the same server don't all come back at once.
      const ms = next * (0.75 + Math.random() / 2);
      waited += next;
      next = Math.min(next * 2, lastMs);
      await pause(ms, signal);
      return !signal?.aborted;
    },
    reset() {
      next = firstMs;
      waited = 0;
    },
  };
}

const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
