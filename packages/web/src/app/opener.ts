/** A dialog that is opened from anywhere: its state stands outside of the screens. */
import { useSyncExternalStore } from "react";

export interface Opener<T> {
  open(what: T): void;
  close(): void;
  /** What it was opened with; undefined while it is closed. */
  use(): T | undefined;
}

export function makeOpener<T>(): Opener<T> {
  let opened: T | undefined;
  const listeners = new Set<() => void>();
  const set = (what: T | undefined) => {
    opened = what;
    for (const listener of listeners) listener();
  };
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    open: set,
    close: () => set(undefined),
    use: () => useSyncExternalStore(subscribe, () => opened),
  };
}
