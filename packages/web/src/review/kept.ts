/**
 * What the review keeps in this browser: which files were viewed in which tree, which candidates were on the screen, the
 * comments that are not sent, and how lines are drawn. A browser that keeps nothing is one where nothing was viewed.
 */
import { useCallback, useMemo, useSyncExternalStore } from "react";
import { type Comment, readComments } from "./comments.ts";

const listeners = new Set<() => void>();

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  // Another tab of this browser viewed something.
  globalThis.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    globalThis.removeEventListener("storage", listener);
  };
};

function get(storage: Storage, key: string): string | null {
  try {
    return storage.getItem(key);
  } catch {
    return null;
  }
}

function set(storage: Storage, key: string, value: string): void {
  try {
    storage.setItem(key, value);
  } catch {
    // No room, or not allowed: it is forgotten with the page.
  }
  for (const listener of listeners) listener();
}

const useKept = (storage: Storage, key: string): string | null =>
  useSyncExternalStore(subscribe, () => get(storage, key));

/** Words by words, of what was kept as JSON; empty for anything else. */
function wordsByWords(kept: string | null): Record<string, string> {
  if (kept === null) return {};
  try {
    const all: unknown = JSON.parse(kept);
    if (typeof all !== "object" || all === null || Array.isArray(all)) return {};
    return Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
  } catch {
    return {};
  }
}

/** The tree in which each file was viewed last. */
export function useViewedTrees(session: string, task: string) {
  const key = `tutti.viewed.${session}.${task}`;
  const kept = useKept(localStorage, key);
  const viewed = useMemo(() => wordsByWords(kept), [kept]);
  const mark = useCallback(
    (path: string, tree: string | null) => {
      const { [path]: _, ...others } = wordsByWords(get(localStorage, key));
      set(localStorage, key, JSON.stringify(tree === null ? others : { ...others, [path]: tree }));
    },
    [key],
  );
  return { viewed, mark };
}

/** The commits of candidates that were on the screen. */
export function seenCommits(session: string, task: string): string[] {
  return Object.keys(wordsByWords(get(localStorage, `tutti.seen.${session}.${task}`)));
}

export function rememberSeen(session: string, task: string, commit: string): void {
  const key = `tutti.seen.${session}.${task}`;
  const seen = wordsByWords(get(localStorage, key));
  if (!(commit in seen)) set(localStorage, key, JSON.stringify({ ...seen, [commit]: "seen" }));
}

/** Comments on one candidate that are not sent yet, and findings that are to be looked at again. */
export function useDrafts(session: string, task: string, tree: string) {
  const key = `tutti.notes.${session}.${task}.${tree}`;
  const reopenedKey = `${key}.reopened`;
  const kept = useKept(sessionStorage, key);
  const keptReopened = useKept(sessionStorage, reopenedKey);
  const comments = useMemo(() => readComments(kept), [kept]);
  const reopened = useMemo(() => new Set(Object.keys(wordsByWords(keptReopened))), [keptReopened]);
  return {
    comments,
    reopened,
    put: (comment: Comment) =>
      set(sessionStorage, key, JSON.stringify([...comments.filter(({ id }) => id !== comment.id), comment])),
    drop: (id: string) =>
      set(sessionStorage, key, JSON.stringify(comments.filter((comment) => comment.id !== id))),
    reopen(id: string, again: boolean) {
      const ids = [...reopened].filter((one) => one !== id);
      if (again) ids.push(id);
      set(sessionStorage, reopenedKey, JSON.stringify(Object.fromEntries(ids.map((one) => [one, "again"]))));
    },
    clear() {
      set(sessionStorage, key, "[]");
      set(sessionStorage, reopenedKey, "{}");
    },
  };
}
export type Drafts = ReturnType<typeof useDrafts>;

export interface DrawingChoice {
  /** Undefined: by how wide the window is. */
  split: boolean | undefined;
  wrap: boolean;
  words: boolean;
  ignoreWhitespace: boolean;
}

const choiceKey = "tutti.diff";

export function useDrawingChoice(): [DrawingChoice, (change: Partial<DrawingChoice>) => void] {
  const kept = useKept(localStorage, choiceKey);
  const choice = useMemo((): DrawingChoice => {
    const { columns, wrap, words, whitespace } = wordsByWords(kept);
    return {
      split: columns === undefined ? undefined : columns === "two",
      wrap: wrap !== "off",
      words: words !== "off",
      ignoreWhitespace: whitespace === "ignored",
    };
  }, [kept]);
  const choose = useCallback(
    (change: Partial<DrawingChoice>) => {
      const { split, wrap, words, ignoreWhitespace } = { ...choice, ...change };
      const all = {
        ...(split !== undefined && { columns: split ? "two" : "one" }),
        ...(!wrap && { wrap: "off" }),
        ...(!words && { words: "off" }),
        ...(ignoreWhitespace && { whitespace: "ignored" }),
      };
      set(localStorage, choiceKey, JSON.stringify(all));
    },
    [choice],
  );
  return [choice, choose];
}
