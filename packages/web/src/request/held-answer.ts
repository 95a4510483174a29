/**
 * What a person has just pressed, held for a moment in which it can be taken back; nothing has run until it is sent.
 *
 * A held answer is sent when its time is over, when the same is pressed again, when another is given or the person goes on,
 * and when the page goes away. It is never kept for later: where the connection breaks first it is not sent at all, and the
 * person is told.
 */
import type { Command, Sent } from "@tutti/core";

/** One thing of a press: the key of what it is about, and what is sent. */
export interface GivenAnswer {
  key: string;
  session: string;
  command: Command;
}

/** Several answers that were given by one press are taken back together, too. */
export interface Press {
  answers: readonly GivenAnswer[];
  /** What became of it, in a word: `Denied`. */
  outcome: string;
  /** It may be taken back for a moment; else it is sent at once. */
  hold: boolean;
}

export type Standing =
  | { state: "held"; outcome: string }
  | { state: "sending"; outcome: string }
  /** It was taken; the row still shows it. */
  | { state: "sent"; outcome: string }
  /** Nothing more is to be seen of it, though a list may still hold it. */
  | { state: "gone"; outcome: string }
  /** Nothing was changed; `message` says why. */
  | { state: "refused"; message: string }
  | { state: "unsent" };

/** What became of a press that was not in vain, in a word. */
export const outcomeOf = (standing: Standing | undefined): string | undefined =>
  standing && "outcome" in standing ? standing.outcome : undefined;

export interface Desk {
  press(press: Press): void;
  /** Takes back the press that this belongs to, if it is still held. */
  undo(key: string): void;
  /** Sends what is held now: the person goes on, or the page goes away. */
  settle(): void;
  /** The connection broke: what is held is not sent. */
  lost(): void;
  /** Forgets how something went that was refused or not sent. */
  dismiss(key: string): void;
  get(): ReadonlyMap<string, Standing>;
  subscribe(listener: () => void): () => void;
}

export interface DeskOptions {
  send(answer: GivenAnswer): Promise<Sent>;
  isConnected(): boolean;
  /** Calls back after so many milliseconds; returns what prevents it. */
  after(ms: number, then: () => void): () => void;
}

/** How long an answer can be taken back, and how long its outcome is shown. */
export const holdMs = 4_000;

export function openDesk({ send, isConnected, after }: DeskOptions): Desk {
  let standings: ReadonlyMap<string, Standing> = new Map();
  let held: { press: Press; cancel: () => void } | undefined;
  const listeners = new Set<() => void>();

  function set(answers: readonly { key: string }[], standing: Standing | undefined): void {
    const next = new Map(standings);
    for (const { key } of answers) {
      if (standing) next.set(key, standing);
      else next.delete(key);
    }
    standings = next;
    for (const listener of listeners) listener();
  }

  function settle(): void {
    if (!held) return;
    const { press, cancel } = held;
    held = undefined;
    cancel();
    void sendAll(press);
  }

  async function sendAll({ answers, outcome, hold }: Press): Promise<void> {
    if (!isConnected()) {
      set(answers, { state: "unsent" });
      return;
    }
    set(answers, { state: "sending", outcome });
    await Promise.all(
      answers.map(async (answer) => {
        try {
          const sent = await send(answer);
          if (sent.ok) taken(answer, outcome, hold);
          else set([answer], { state: "refused", message: sent.refusal.message });
        } catch {
          set([answer], { state: "unsent" });
        }
      }),
    );
  }

  /** What was held has been seen for its time already. */
  function taken(answer: GivenAnswer, outcome: string, wasHeld: boolean): void {
    if (wasHeld) {
      set([answer], { state: "gone", outcome });
      return;
    }
    set([answer], { state: "sent", outcome });
    after(holdMs, () => {
      if (standings.get(answer.key)?.state === "sent") set([answer], { state: "gone", outcome });
    });
  }

  const isSame = (one: Press, other: Press): boolean =>
    JSON.stringify(one.answers) === JSON.stringify(other.answers);

  return {
    press(press) {
      const isAgain = held !== undefined && isSame(held.press, press);
      if (
        held &&
        !isAgain &&
        held.press.answers.some(({ key }) => press.answers.some((one) => one.key === key))
      ) {
        // Another answer to the same question takes the first one's place.
        held.cancel();
        set(held.press.answers, undefined);
        held = undefined;
      }
      settle();
      if (isAgain) return;
      if (!isConnected()) set(press.answers, { state: "unsent" });
      else if (press.hold) {
        held = { press, cancel: after(holdMs, settle) };
        set(press.answers, { state: "held", outcome: press.outcome });
      } else void sendAll(press);
    },
    undo(key) {
      if (!held?.press.answers.some((answer) => answer.key === key)) return;
      const { press, cancel } = held;
      held = undefined;
      cancel();
      set(press.answers, undefined);
    },
    settle,
    lost() {
      if (!held) return;
      const { press, cancel } = held;
      held = undefined;
      cancel();
      set(press.answers, { state: "unsent" });
    },
    dismiss(key) {
      const state = standings.get(key)?.state;
      if (state === "refused" || state === "unsent") set([{ key }], undefined);
    },
    get: () => standings,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
