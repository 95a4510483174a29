/**
 * The consequences of events. To add one: a file beside this one that makes a `Reactor`, and a line in `runReactors`.
 */
import { type AlikeParts, alikeAnswers } from "./alike-answers.ts";
import { type ReactorParts, runReactor } from "./reactor.ts";
import { type StartProgram, startOrchestration } from "./start-orchestration.ts";
import { type TellParts, tellDevices } from "./tell-devices.ts";

/** Runs every reactor until the returned function is called; it resolves when nothing is under way any more. */
export function runReactors(
  parts: ReactorParts & AlikeParts & TellParts & { startProgram: StartProgram },
): () => Promise<void> {
  const stopping = new AbortController();
  const reactors = [startOrchestration(parts.startProgram), alikeAnswers(parts), tellDevices(parts)];
  const running = reactors.map((reactor) =>
    runReactor(parts, reactor, stopping.signal).catch((error: unknown) => {
      if (!stopping.signal.aborted) parts.onFault(reactor.name, error);
    }),
  );
  return async () => {
    stopping.abort();
    await Promise.all(running);
  };
}
