import { newId } from "@tutti/client";
import type { SessionState } from "@tutti/core";
import { useCallback, useEffect, useRef, useState } from "react";
import { useIsConnected } from "../../connection/use-connection.ts";
import { announce } from "../../design/announce.tsx";
import { keepWaiting, readWaiting, type Waiting } from "./drafts.ts";

export interface WaitingWords {
  list: readonly Waiting[];
  add(words: Omit<Waiting, "id">): void;
  remove(id: string): void;
}

/**
 * Words that wait in this tab until their agent's turn begins or ends; then they are sent, the oldest first. While there is no
 * connection nothing is known of turns, and nothing is sent.
 */
export function useWaiting(
  root: SessionState,
  children: readonly SessionState[],
  send: (waiting: Waiting) => Promise<boolean>,
): WaitingWords {
  const [list, setList] = useState<readonly Waiting[]>(() => readWaiting(root.id));
  const isConnected = useIsConnected();
  const sending = useRef(false);
  const change = useCallback(
    (next: (before: readonly Waiting[]) => readonly Waiting[]) =>
      setList((before) => {
        const after = next(before);
        keepWaiting(root.id, after);
        return after;
      }),
    [root.id],
  );
  const remove = useCallback(
    (id: string) => change((before) => before.filter((one) => one.id !== id)),
    [change],
  );

  useEffect(() => {
    if (!isConnected || sending.current) return;
    const due = list.find(({ to, until }) => {
      const state = [root, ...children].find(({ id }) => id === to);
      if (!state || state.closed !== null) return false;
      return until === "turn" ? state.turn !== null : state.turn === null && state.held === null;
    });
    if (!due) return;
    sending.current = true;
    // What was not taken stays in the list, and is tried again when something changes.
    void send(due)
      .then((done) => {
        if (!done) return;
        remove(due.id);
        announce("Your words were sent");
      })
      .finally(() => {
        sending.current = false;
      });
  }, [root, children, list, isConnected, send, remove]);

  const add = useCallback(
    (words: Omit<Waiting, "id">) => change((before) => [...before, { id: newId("words"), ...words }]),
    [change],
  );
  return { list, add, remove };
}
