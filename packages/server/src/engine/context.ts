/** Core's `OrchestrationContext` over durable steps. Ids come from the order of calls, which is the same in every replay. */
import { createHash } from "node:crypto";
import type { CommandEnvelope, OrchestrationContext, Sent, SessionState } from "@tutti/core";

/** What a context needs done durably. */
export interface Steps {
  send(envelope: CommandEnvelope): Promise<Sent>;
  wait<T>(session: string, select: (state: SessionState) => T | undefined): Promise<T>;
  start(
    session: string,
    key: string,
    program: { name: string; version: string },
    input: unknown,
  ): Promise<void>;
  /** Runs work once; after a crash its stored answer is given instead. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
}

export interface ContextOptions {
  session: string;
  /** The program's place below its root session. */
  key: string;
  steps: Steps;
}

/** The characters that an id may have, and how many of a longer one are kept before its hash. */
const longestId = 80;
const keptOfId = 63;

/** An id of what belongs to a session with a long one begins as it would and ends with a hash of the whole. */
function bounded(id: string): string {
  if (id.length <= longestId) return id;
  const hash = createHash("sha256")
    .update(id)
    .digest("hex")
    .slice(0, longestId - keptOfId - 1);
  return `${id.slice(0, keptOfId)}-${hash}`;
}

export function durableContext({ session, key, steps }: ContextOptions): OrchestrationContext {
  let ids = 0;
  let commands = 0;
  return {
    session,
    id(label) {
      ids += 1;
      return bounded(`${session}-${key}-${label}-${ids}`);
    },
    send(to, command) {
      commands += 1;
      const id = `${session}/${key}/${commands}`;
      return steps.step(`send ${command.type}`, () => steps.send({ id, session: to, command }));
    },
    wait(on, select) {
      return steps.step(`wait ${on}`, () => steps.wait(on, select));
    },
    start(program, childKey, input) {
      return steps.start(session, childKey, program, input);
    },
  };
}
