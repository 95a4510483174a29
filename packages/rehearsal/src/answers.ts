import type { Failure, Part, Step, Ticks, ToolStep } from "./scenario.ts";

/**
 * One answer of the model, put together from the steps that belong to it. What stands before the answer (`delay`,
 * `fail`, `reason`) and a text that a tool call follows directly are parts of one answer, as a model gives them.
 */
export interface Answer {
  readonly delaySeconds: number;
  readonly failures: readonly Failure[];
  readonly reasons: readonly string[];
  readonly text: string | Ticks | undefined;
  readonly calls: readonly ToolStep[];
}

/** What the model says when a part has no steps left: it ends the turn. */
const closingText = "Done.";

/** The answers of a part, in order. The last one closes the turn, and is given again however often it is asked for. */
export function answersOf(part: Part): readonly [Answer, ...Answer[]] {
  const answers: Answer[] = [];
  let open: Answer = empty;
  const close = (answer: Answer) => {
    answers.push(answer);
    open = empty;
  };
  for (const step of part.steps) {
    const speaks = step.say ?? step.stream;
    if (open.text !== undefined && callsOf(step).length === 0) close(open);
    if (speaks !== undefined) open = { ...open, text: speaks };
    else if (step.reason !== undefined) open = { ...open, reasons: [...open.reasons, step.reason] };
    else if (step.delay !== undefined)
      open = { ...open, delaySeconds: open.delaySeconds + step.delay.seconds };
    else if (step.fail !== undefined) open = { ...open, failures: [...open.failures, step.fail] };
    else close({ ...open, calls: callsOf(step) });
  }
  if (open.text !== undefined) close(open);
  const closing = { ...open, text: closingText };
  const [first = closing, ...rest] = answers;
  return answers.length === 0 ? [closing] : [first, ...rest, closing];
}

const empty: Answer = { delaySeconds: 0, failures: [], reasons: [], text: undefined, calls: [] };

function callsOf(step: Step): readonly ToolStep[] {
  if (step.together !== undefined) return step.together;
  return (step.shell ?? step.write ?? step.read ?? step.call) ? [step] : [];
}
