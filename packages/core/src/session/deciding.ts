/** What deciders are made of. */
import type { CommandOf, CommandType, Refusal } from "../commands.ts";
import type { Event } from "../events.ts";
import type { Image } from "../image.ts";
import type {
  Action,
  Decision,
  Description,
  Evaluation,
  PolicyStates,
  PolicyUse,
  Situation,
  Spending,
} from "../policy.ts";
import type { SessionState, TaskState } from "./state.ts";

/** What a decider asks beside the state. Pure, like the decider itself. */
export interface DecideContext {
  /** Asks the policies about an action. What they remember is in `states`. */
  evaluate(
    uses: readonly PolicyUse[],
    action: Action,
    states: PolicyStates,
    situation: Situation,
  ): Evaluation;
  /** Says what an action is, and what it would do. */
  describe(action: Action, situation: Situation): Description;
  /** The server's own rules, in force in every session from its creation on. */
  standing: readonly PolicyUse[];
  /** What was spent so far; null when nobody counts. */
  spending: Spending | null;
}

export type Decided =
  | {
      ok: true;
      events: Event[];
      decision?: Decision;
      /** The question that an `ask` waits for, or that gave the answer. */
      approval?: string;
      /** The push request that this one is, or joined. */
      push?: string;
      answer?: string;
    }
  | { ok: false; refusal: Refusal };

export type Decider<T extends CommandType> = (
  state: SessionState,
  command: CommandOf<T>,
  context: DecideContext,
) => Decided;

export const accept = (...events: Event[]): Decided => ({ ok: true, events });

export const refuse = (kind: Refusal["kind"], message: string, field?: string): Decided => ({
  ok: false,
  refusal: { kind, message, ...(field && { field }) },
});

/** The images of a message. Left out where there are none, so that words alone read as they always did. */
export const sentAlong = ({
  images = [],
}: {
  images?: readonly Image[] | undefined;
}): { images?: Image[] } => (images.length > 0 ? { images: [...images] } : {});

export function inTurn(
  state: SessionState,
  turn: string,
  then: (open: NonNullable<SessionState["turn"]>) => Decided,
): Decided {
  if (!state.turn) return refuse("conflict", "no turn is open", "turn");
  if (state.turn.id !== turn) return refuse("conflict", `turn ${state.turn.id} is open, not ${turn}`, "turn");
  return then(state.turn);
}

export function inTask(state: SessionState, id: string, then: (task: TaskState) => Decided): Decided {
  const task = state.tasks[id];
  if (!task) return refuse("invalid", `no task ${id} in this session`, "task");
  if (task.outcome !== null) return refuse("conflict", `task ${id} has ended: ${task.outcome}`, "task");
  return then(task);
}
