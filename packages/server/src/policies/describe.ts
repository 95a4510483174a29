/** Says what an action is, and what it would do, in a person's words. Pure. */
import { type Action, type Description, pushIdentity, type Situation } from "@tutti/core";

export function describe(action: Action, _situation: Situation): Description {
  switch (action.phase) {
    case "tool-call": {
      const { call } = action;
      return { identity: call.fingerprint, effect: [`${call.name} runs.`], weight: "routine" };
    }
    case "push":
      return { identity: pushIdentity(action.push), effect: [], weight: "leaves-machine" };
    default:
      return { identity: JSON.stringify(action), effect: [], weight: "routine" };
  }
}
