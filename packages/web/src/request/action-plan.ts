/** Which buttons a question has, by its weight: the safe way is the easy way. Pure. */
import { type ApprovalSubject, dollars } from "@tutti/core";
import { agreementsOf, allowLabel, alternativeLabel, weightOf } from "./words.ts";

export type ActionName = "allow" | "always" | "alternative" | "deny" | "deny-why" | "risk";

export interface PlannedAction {
  name: ActionName;
  label: string;
  /** Nothing that leaves the machine or cannot be undone has one. */
  key?: "a" | "b" | "d";
}

export interface ActionPlan {
  /** The one that stands out, and those beside it; on a phone these are fixed at the thumb. */
  primary: PlannedAction;
  beside: readonly PlannedAction[];
  /** At the end, apart; on a phone after the last fact. */
  last: readonly PlannedAction[];
}

export function planOf(subject: ApprovalSubject, isPhone: boolean): ActionPlan {
  const [agreement] = agreementsOf(subject);
  const deny: PlannedAction = { name: "deny", label: agreement ? "Stop here" : "Deny", key: "d" };
  const why: PlannedAction = { name: "deny-why", label: "Deny and say why…" };
  const allow: PlannedAction = { name: "allow", label: allowWords(subject) };
  const rule = "rule" in subject ? subject.rule : undefined;
  const alternative = "alternative" in subject ? subject.alternative : undefined;
  switch (weightOf(subject)) {
    case "routine": {
      const always: PlannedAction[] = rule && !agreement ? [{ name: "always", label: "Always allow…" }] : [];
      return { primary: { ...allow, key: "a" }, beside: [deny], last: [...always, why] };
    }
    case "leaves-machine":
      return isPhone
        ? { primary: deny, beside: [], last: [allow, why] }
        : { primary: deny, beside: [allow], last: [why] };
    case "irreversible": {
      const risk: PlannedAction = { name: "risk", label: allowLabel(subject) };
      const last = isPhone ? [risk, why] : [why, risk];
      if (alternative === undefined) return { primary: deny, beside: [], last };
      const safer: PlannedAction = { name: "alternative", label: safeLabel(alternative, isPhone), key: "b" };
      return { primary: safer, beside: [deny], last };
    }
  }
}

function allowWords(subject: ApprovalSubject): string {
  if (subject.kind === "trust") return "Trust them";
  const [agreement] = agreementsOf(subject);
  if (!agreement) return "Allow once";
  return agreement.usd > 0 ? `Raise to ${dollars(agreement.usd)}` : "Let it go on";
}

/** Where there is little room, without the word that goes without saying. */
const safeLabel = (alternative: string, isPhone: boolean): string => {
  const label = alternativeLabel(alternative);
  return isPhone ? label.replace(/ instead$/, "") : label;
};
