import type { SessionSpec } from "@tutti/core";
import type { Reactor } from "./reactor.ts";

/** Starts a durable program; for a session whose program was started already it does nothing. */
export type StartProgram = (
  session: string,
  program: NonNullable<SessionSpec["orchestration"]>,
) => Promise<void>;

/** A session that a program leads gets its program. */
export const startOrchestration = (start: StartProgram): Reactor => ({
  name: "start-orchestration",
  reactsTo: ["session.created"],
  async react({ session, event }) {
    if (event.type === "session.created" && event.spec.orchestration)
      await start(session, event.spec.orchestration);
  },
});
