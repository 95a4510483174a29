/**
 * A queue between what a child says and one reader.
 *
 * It never throws and loses nothing: `push` takes everything until `end`. What bounds it is its writer, who waits for
 * `room` before reading more from the child.
 */
export interface EventQueue<Event> {
  /** After `end` it is ignored. */
  push(event: Event): void;
  /** Resolves when fewer events wait than the bound, or the queue has ended. */
  room(): Promise<void>;
  /** The last event; the reader's loop ends after it. Only the first call counts. */
  end(last: Event): void;
  readonly ended: boolean;
  /** For one reader. A reader that leaves its loop early has no more interest: what follows is dropped. */
  readonly events: AsyncIterable<Event>;
}

export function eventQueue<Event>(bound = 1_000): EventQueue<Event> {
  let waiting: Event[] = [];
  let ended = false;
  let abandoned = false;
  let wakeReader = () => {};
  let wakeWriters: (() => void)[] = [];

  const hasRoom = () => ended || abandoned || waiting.length < bound;
  function letWritersOn(): void {
    if (!hasRoom()) return;
    const writers = wakeWriters;
    wakeWriters = [];
    for (const wake of writers) wake();
  }
  function push(event: Event): void {
    if (ended || abandoned) return;
    waiting.push(event);
    wakeReader();
  }
  async function* read(): AsyncGenerator<Event, void, undefined> {
    try {
      for (;;) {
        const batch = waiting;
        waiting = [];
        letWritersOn();
        yield* batch;
        if (waiting.length > 0) continue;
        if (ended) return;
        await new Promise<void>((resolve) => {
          wakeReader = resolve;
        });
      }
    } finally {
      abandoned = true;
      waiting = [];
      letWritersOn();
    }
  }

  return {
    push,
    room: () =>
      hasRoom()
        ? Promise.resolve()
        : new Promise((resolve) => {
            wakeWriters.push(resolve);
          }),
    end(last) {
      if (ended) return;
      push(last);
      ended = true;
      wakeReader();
      letWritersOn();
    },
    get ended() {
      return ended;
    },
    events: read(),
  };
}
