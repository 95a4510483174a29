/** What a person wrote and did not send yet, kept in this tab, for each session. */

import type { Image } from "@tutti/core";

/** Words that wait for a turn to begin or to end. */
export interface Waiting {
  id: string;
  /** The session that they are for. */
  to: string;
  text: string;
  /** What goes along with them. */
  images?: readonly Image[];
  /** What they wait for. */
  until: "turn" | "end";
}

const draftKey = (session: string) => `tutti.draft.${session}`;
const waitingKey = (session: string) => `tutti.waiting.${session}`;

export const readDraft = (session: string): string => sessionStorage.getItem(draftKey(session)) ?? "";

export function keepDraft(session: string, text: string): void {
  if (text === "") sessionStorage.removeItem(draftKey(session));
  else sessionStorage.setItem(draftKey(session), text);
}

export function readWaiting(session: string): Waiting[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(waitingKey(session)) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isWaiting) : [];
  } catch {
    return [];
  }
}

export function keepWaiting(session: string, waiting: readonly Waiting[]): void {
  if (waiting.length === 0) sessionStorage.removeItem(waitingKey(session));
  else sessionStorage.setItem(waitingKey(session), JSON.stringify(waiting));
}

const isWaiting = (value: unknown): value is Waiting =>
  typeof value === "object" &&
  value !== null &&
  ["id", "to", "text"].every((name) => typeof (value as Record<string, unknown>)[name] === "string") &&
  ["turn", "end"].includes(String((value as Record<string, unknown>).until));
