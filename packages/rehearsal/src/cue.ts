import { type Answer, answersOf } from "./answers.ts";
import type { Entry, ModelRequest } from "./conversation.ts";
import { userTexts } from "./conversation.ts";
import { isStandIn } from "./injected-text.ts";
import { findPattern, type Match, type Part, type Scenario, stepsSchema } from "./scenario.ts";
import { isHousekeeping } from "./tools.ts";

/** Where in a scenario a request stands, told from the request alone. */
export interface Cue {
  readonly part: Part;
  /** Which of the part's answers is due, counted from 0. */
  readonly index: number;
  readonly answer: Answer;
  /** Which entry of the request started the part; -1 when the whole conversation did. */
  readonly anchor: number;
}

/**
 * Finds the answer that is due. The newest user text that a part asks for starts that part (of several, the first in the
 * file); the model's answers since then tell how far it is. When no text starts a part, the first part that asks for no
 * user text plays from the beginning of the conversation. Answers undefined when no part matches.
 */
export function findCue(scenario: Scenario, request: ModelRequest): Cue | undefined {
  const candidates = scenario.parts.filter((part) => suits(part.match, request));
  for (let anchor = request.entries.length - 1; anchor >= 0; anchor--) {
    const entry = request.entries[anchor];
    if (entry?.from !== "user") continue;
    for (const part of candidates) {
      const caught = part.match.user === undefined ? undefined : findPattern(part.match.user, entry.text);
      if (caught !== undefined) return cueAt(filled(part, caught), anchor, request);
    }
  }
  const general = candidates.find((part) => part.match.user === undefined);
  return general === undefined ? undefined : cueAt(general, -1, request);
}

/** One line that tells why a request was not answered from the scenario, for whoever reads the client's screen. */
export function describeUnmatched(scenario: Scenario, request: ModelRequest): string {
  const last = userTexts(request).at(-1) ?? "";
  const told = last.length > 200 ? `${last.slice(0, 200)}…` : last;
  return `No part of scenario "${scenario.name}" matches this request (wire ${request.wire}, model ${request.model}, last user text: ${JSON.stringify(told)}).`;
}

function suits(match: Match, request: ModelRequest): boolean {
  return (
    match.tools === request.tools.length > 0 &&
    (match.wire === undefined || match.wire === request.wire) &&
    (match.model === undefined || findPattern(match.model, request.model) !== undefined) &&
    (match.system === undefined || findPattern(match.system, request.system) !== undefined)
  );
}

function cueAt(part: Part, anchor: number, request: ModelRequest): Cue {
  const answers = answersOf(part);
  const given = request.entries.slice(anchor + 1).filter(isStep).length;
  const index = Math.min(given, answers.length - 1);
  return { part, index, answer: answers[index] ?? answers[0], anchor };
}

function isStep(entry: Entry): boolean {
  return (
    entry.from === "model" &&
    !isHousekeeping(entry.calls) &&
    !(entry.calls.length === 0 && isStandIn(entry.text))
  );
}

/** The part with `{{name}}` replaced, in every text of its steps, by what the named group of its user pattern caught. */
function filled(part: Part, caught: Readonly<Record<string, string>>): Part {
  if (Object.keys(caught).length === 0) return part;
  const fill = (value: unknown): unknown => {
    if (typeof value === "string")
      return value.replace(/\{\{(\w+)\}\}/g, (whole, name) => caught[name] ?? whole);
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner)]));
  };
  return { ...part, steps: stepsSchema.parse(fill(part.steps)) };
}
