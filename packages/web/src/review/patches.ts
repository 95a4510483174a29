/**
 * The patches of a change, read when they come near the screen, many at once. Outside of React: what is read stays as long as
 * the change is on the screen.
 */
import type { BoundedText } from "@tutti/core";

export type Loaded =
  | { status: "loading" }
  | { status: "failed"; error: unknown }
  | { status: "here"; patch: BoundedText };

export interface Patches {
  /** Undefined for what nobody wanted yet. */
  get(path: string): Loaded | undefined;
  /** Reads those that are not here, in their order. What failed is read again by `retry` alone. */
  want(paths: readonly string[]): void;
  retry(path: string): void;
  subscribe(listener: () => void): () => void;
  /** Changes whenever something was read. */
  revision(): number;
  close(): void;
}

/** Files that are asked for at once. */
const mostAtOnce = 50;

export function openPatches(
  read: (paths: string[], signal: AbortSignal) => Promise<readonly { path: string; patch: BoundedText }[]>,
): Patches {
  const loaded = new Map<string, Loaded>();
  const listeners = new Set<() => void>();
  const ending = new AbortController();
  let queue: string[] = [];
  let reading = false;
  let revision = 0;

  function tell(): void {
    revision += 1;
    for (const listener of listeners) listener();
  }

  async function next(): Promise<void> {
    const paths = queue.slice(0, mostAtOnce);
    if (reading || paths.length === 0) return;
    reading = true;
    queue = queue.slice(mostAtOnce);
    try {
      const patches = await read(paths, ending.signal);
      for (const { path, patch } of patches) loaded.set(path, { status: "here", patch });
      for (const path of paths)
        if (loaded.get(path)?.status === "loading")
          loaded.set(path, { status: "failed", error: new Error("Its lines did not come along") });
    } catch (error) {
      for (const path of paths) loaded.set(path, { status: "failed", error });
    }
    reading = false;
    if (ending.signal.aborted) return;
    tell();
    void next();
  }

  function want(paths: readonly string[]): void {
    const fresh = paths.filter((path) => !loaded.has(path));
    for (const path of fresh) loaded.set(path, { status: "loading" });
    // What is wanted now comes before what was wanted on the way here.
    queue = [...fresh, ...queue];
    void next();
  }

  return {
    get: (path) => loaded.get(path),
    want,
    retry(path) {
      if (loaded.get(path)?.status !== "failed") return;
      loaded.delete(path);
      want([path]);
      tell();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    revision: () => revision,
    close: () => ending.abort(),
  };
}

/** Patches that are there from the beginning. */
export function heldPatches(patches: ReadonlyMap<string, BoundedText>): Patches {
  return {
    get(path) {
      const patch = patches.get(path);
      return patch
        ? { status: "here", patch }
        : { status: "failed", error: new Error("Its lines were left out") };
    },
    want: () => {},
    retry: () => {},
    subscribe: () => () => {},
    revision: () => 0,
    close: () => {},
  };
}
