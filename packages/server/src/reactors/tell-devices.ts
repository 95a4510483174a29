import { isPending, type LoggedEvent, type SessionState } from "@tutti/core";
import type { Devices } from "../devices/devices.ts";
import { failureMessage, questionMessage, questionTag } from "../devices/messages.ts";
import type { Sessions } from "../sessions/index.ts";
import type { Reactor } from "./reactor.ts";

export interface TellParts extends Pick<Sessions, "readState"> {
  devices: Pick<Devices, "any" | "tell">;
  now(): Date;
}

/** What happened longer ago is no news: a device that hears of it late would only be disturbed. */
const staleMs = 60 * 60_000;
/** Of more questions than this, it is not remembered that devices were told. */
const mostTold = 1_000;

/**
 * Devices hear of a question that waits and of a task that failed; and that a question is over, so that what they show of it
 * goes away.
 */
export function tellDevices({ devices, readState, now }: TellParts): Reactor {
  const begun = now();
  /** Questions that devices were told of since the beginning. */
  const told = new Set<string>();

  /** Whether devices may show a question: those told of before the beginning are not known. */
  async function isShown({ session }: LoggedEvent, approval: string): Promise<boolean> {
    if (told.delete(approval)) return true;
    const asked = (await readState(session))?.approvals[approval]?.requestedAt;
    return asked !== undefined && new Date(asked) < begun;
  }

  return {
    name: "tell-devices",
    reactsTo: ["approval.requested", "approval.resolved", "approval.withdrawn", "task.ended"],
    async react(logged) {
      const { event, session, at } = logged;
      if (now().getTime() - Date.parse(at) > staleMs) return;
      switch (event.type) {
        case "approval.requested": {
          if (!(await devices.any())) return;
          const state = await readState(session);
          const found = state?.approvals[event.approval];
          // An answer that was there beforehand leaves nothing to ask.
          if (!state || !found || !isPending(found)) return;
          told.add(event.approval);
          const [oldest] = told;
          if (told.size > mostTold && oldest !== undefined) told.delete(oldest);
          await devices.tell(questionMessage(event.approval, event.subject, await rootOf(state)));
          return;
        }
        case "approval.resolved":
        case "approval.withdrawn":
          if ((await devices.any()) && (await isShown(logged, event.approval)))
            await devices.tell({ close: questionTag(event.approval) });
          return;
        case "task.ended": {
          if (!(await devices.any())) return;
          const state = await readState(session);
          const message = state && failureMessage(event, await rootOf(state));
          if (message) await devices.tell(message);
        }
      }
    },
  };

  async function rootOf(state: SessionState): Promise<SessionState> {
    const { parent } = state.spec;
    return (parent === undefined ? undefined : await readState(parent)) ?? state;
  }
}
