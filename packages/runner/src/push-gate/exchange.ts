import { type Decision, type PushFacts, type PushOutcome, pushIdentity } from "@tutti/core";
import { shortHash } from "../workspace/layout.ts";
import { whole } from "./forward.ts";

/** The log as the gate needs it. */
export interface PushPorts {
  /**
   * `push.request`: durable when it resolves. The same change again answers the request that is open.
   * Rejects when the log is not reached: then nothing is asked, and the agent is told so.
   */
  request(facts: PushFacts): Promise<{ push: string; decision: Decision; approval?: string }>;
  /**
   * Waits, however long, until a push may go or must not. For a push that was decided it resolves at once; `withdrawn` says that
   * nobody refused, but nobody wants it any more. Rejects when `signal` is aborted.
   */
  answered(
    push: string,
    signal: AbortSignal,
  ): Promise<{ allow: true } | { allow: false; reason: string; withdrawn?: boolean }>;
  /**
   * `push.finish`: durable when it resolves. Rejects when the log is not reached; the push stays open then, and is taken up again
   * with the next gate.
   */
  finish(push: string, outcome: PushOutcome): Promise<void>;
}

/** A push of the log that has no outcome. */
export interface OpenPush {
  id: string;
  facts: PushFacts;
}

/** Who waits for a push, and is told what goes on. */
export type Listener = (line: string) => void;

/** A push on its way. */
interface Way {
  facts: PushFacts;
  /** Where it stands now, in a person's words. */
  standing: string;
  listeners: Set<Listener>;
  /** Rejects when there is no outcome: the log was not reached, or the gate is closing. */
  outcome: Promise<PushOutcome>;
}

export interface Exchange {
  /** Brings a change to the log, or joins the one that is on its way. */
  join(facts: PushFacts, listener: Listener): Way;
  /** Takes up a push that the log has open. */
  takeUp(push: OpenPush): Way;
  /** Resolves when nothing is on its way. */
  idle(): Promise<void>;
}

/** Names a change in the refs that keep its objects. */
export const pinName = (facts: PushFacts): string => shortHash(pushIdentity(facts));

/**
 * Takes every push from the request to its outcome, once for the same change, whether or not somebody waits for it.
 * Its objects are pinned before the log hears of it, and let go when the log has the outcome.
 */
export function openExchange(options: {
  ports: PushPorts;
  signal: AbortSignal;
  report(problem: string): void;
  pin(facts: PushFacts): Promise<void>;
  unpin(facts: PushFacts): Promise<void>;
  forward(facts: PushFacts, say: Listener): Promise<PushOutcome>;
}): Exchange {
  const { ports, signal } = options;
  const ways = new Map<string, Way>();

  function begin(facts: PushFacts, go: (way: Way) => Promise<PushOutcome>): Way {
    const identity = pushIdentity(facts);
    const way: Way = {
      facts,
      standing: "Tutti looks at this push",
      listeners: new Set(),
      outcome: Promise.resolve(whole(facts, "failed", "")),
    };
    way.outcome = go(way).finally(() => {
      ways.delete(identity);
    });
    way.outcome.catch((cause: unknown) => {
      if (!signal.aborted) options.report(`a push to ${facts.remote} has no outcome: ${String(cause)}`);
    });
    ways.set(identity, way);
    return way;
  }

  function tell(way: Way, line: string): void {
    for (const listener of way.listeners) listener(line);
  }

  async function settle(way: Way, push: string, decision: Decision): Promise<PushOutcome> {
    const { facts } = way;
    let answer: Awaited<ReturnType<PushPorts["answered"]>>;
    if (decision.effect === "allow") answer = { allow: true };
    else if (decision.effect === "deny") answer = { allow: false, reason: decision.reason };
    else {
      way.standing = `waiting for a person to decide: ${decision.reason}`;
      tell(way, way.standing);
      answer = await ports.answered(push, signal);
    }
    signal.throwIfAborted();
    let outcome: PushOutcome;
    if (answer.allow) {
      way.standing = `allowed: pushing to ${facts.remote}`;
      if (decision.effect === "ask") tell(way, way.standing);
      outcome = await options.forward(facts, (line) => tell(way, line));
    } else {
      const { reason, withdrawn = false } = answer;
      outcome = whole(facts, withdrawn ? "withdrawn" : "refused", reason);
    }
    await ports.finish(push, outcome);
    await options.unpin(facts);
    return outcome;
  }

  return {
    join(facts, listener) {
      const before = ways.get(pushIdentity(facts));
      const way =
        before ??
        begin(facts, async (fresh) => {
          await options.pin(facts);
          // Where this rejects the pins stay: the log may have heard all the same.
          const { push, decision } = await ports.request(facts);
          return settle(fresh, push, decision);
        });
      way.listeners.add(listener);
      if (before) listener(`this push is on its way already: ${way.standing}`);
      return way;
    },
    takeUp({ id, facts }) {
      const before = ways.get(pushIdentity(facts));
      if (before) return before;
      return begin(facts, (way) =>
        settle(way, id, { effect: "ask", reason: "it was asked before", policies: [] }),
      );
    },
    async idle() {
      while (ways.size > 0) await Promise.allSettled([...ways.values()].map(({ outcome }) => outcome));
    },
  };
}
