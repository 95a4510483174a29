import type { Exchange } from "./exchange.ts";
import { firstComplaint } from "./forward.ts";
import type { GateRepository } from "./gate-repository.ts";
import { GateFault, type GitPlace } from "./git-place.ts";
import type { Receive } from "./hook-socket.ts";
import { asBytes, judge } from "./judge.ts";
import { redact } from "./redaction.ts";
import type { Remote } from "./remotes.ts";

/**
 * What happens to a push that has arrived at a gate repository: it is judged, brought to the log or joined to the same change, and
 * its client hears how it stands, at once and every `heartbeatMs`, until there is an outcome. A client that goes changes nothing.
 */
export function receiveAt(options: {
  remote: Remote;
  gate: GateRepository;
  /** The gate repository with the person's credentials. */
  outside: GitPlace;
  exchange: Exchange;
  heartbeatMs: number;
}): Receive {
  const { remote, gate, outside, exchange, heartbeatMs } = options;
  return async (wish, client) => {
    const safe = (text: string) => redact(text, remote.secrets);
    const say = (line: string) => client.say(`Tutti: ${safe(line)}`);
    const all = (message: string) => wish.commands.map(({ ref }) => ({ ref, ok: false, message }));
    const judged = await judge(wish, remote, gate, outside).catch((cause: unknown) => {
      if (!(cause instanceof GateFault)) throw cause;
      return `${remote.name} cannot be asked now, nothing was pushed: ${safe(firstComplaint(cause.said))}`;
    });
    if (typeof judged === "string") return all(judged);
    if (!judged.facts) return judged.answers;
    const way = exchange.join(judged.facts, say);
    const since = performance.now();
    const heartbeat = setInterval(
      () => say(`${way.standing} (${Math.round((performance.now() - since) / 1_000)} s)`),
      heartbeatMs,
    );
    const gone = new Promise<undefined>((resolve) => {
      client.signal.addEventListener("abort", () => resolve(undefined));
      if (client.signal.aborted) resolve(undefined);
    });
    try {
      const outcome = await Promise.race([way.outcome, gone]);
      if (!outcome) return [];
      for (const { ref, sha } of outcome.rescued) say(`the user's repository keeps ${sha} as ${ref}`);
      return [
        ...judged.answers,
        ...judged.facts.updates.map(({ ref }) => {
          const answer = outcome.refs.find((one) => one.ref === ref);
          const message = safe(answer?.message || outcome.message);
          const prefix = outcome.result === "refused" ? "refused: " : "";
          return { ref: asBytes(ref), ok: answer?.ok ?? false, message: `${prefix}${message}` };
        }),
      ];
    } catch {
      if (outside.signal.aborted)
        return all("Tutti is stopping: the push stays where it is, push again later");
      return all(`Tutti could not write this push down, it may still be decided: push again later`);
    } finally {
      clearInterval(heartbeat);
      way.listeners.delete(say);
    }
  };
}
