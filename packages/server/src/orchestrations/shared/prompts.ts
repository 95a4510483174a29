/** What the agents of implement-review-merge are told. Pure text; a reviewer's never holds a word of the implementer's. */
import { type Evidence, type Finding, passed, type TaskSpec } from "@tutti/core";

const contractOf = (task: TaskSpec): string =>
  task.contract ? `\nAcceptance contract:\n${task.contract}\n` : "";

const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join("\n");

/** Output that a prompt quotes of one check, in characters. */
const quoted = 4_000;

function evidenceText(evidence: readonly Evidence[]): string {
  if (evidence.length === 0) return "The project defines no checks.";
  return evidence
    .map((item) => {
      const how = item.timedOut ? "hit its time limit" : `exit code ${item.exitCode ?? "none"}`;
      const tail = passed(item) ? "" : `\n${item.output.text.slice(-quoted)}`;
      return `- ${item.name}: \`${item.command}\` → ${how}${tail}`;
    })
    .join("\n");
}

export function implementerSystem(instructions: string | undefined): string {
  return [
    "Tutti role: implementer",
    "You work in a git worktree of your own. Change only files in it. Do the task and nothing beyond it, and keep the project's own checks passing.",
    "Tutti itself runs the checks, builds the change from this folder's content, and has it reviewed; you need not commit, push or open a pull request.",
    ...(instructions ? [instructions] : []),
  ].join("\n");
}

export function implementText(task: TaskSpec, baseRed: readonly Evidence[]): string {
  const red = baseRed.length
    ? `\nThese checks fail on the base already and are not yours to mend unless the task says so:\n${list(baseRed.map(({ name }) => name))}\n`
    : "";
  return `Task: ${task.text}\n${contractOf(task)}${red}`;
}

/** What an implementer is told that takes over the worktree of one that went away. */
export const takeOverText = (text: string): string =>
  `${text}\nAnother agent worked on this in the same folder and stopped. Look at what is there (git status, git diff) and finish it.`;

export const continueText =
  "The machine stopped while you were working, and your last command may or may not have taken effect. Look at the state of the folder, then go on with the task.";

const findingsText = (findings: readonly Finding[]): string =>
  findings
    .map(({ file, line, claim, evidence }) => {
      const shown = evidence.trim() ? `\n  Evidence: ${evidence}` : "";
      return `- ${file}${line ? `:${line}` : ""}: ${claim}${shown}`;
    })
    .join("\n");

export const fixText = (findings: readonly Finding[], round: number): string =>
  `Blocking findings of review round ${round}. Mend each of them and nothing else; stay in the files that they name where you can.\n${findingsText(findings)}`;

/** What a person wants changed before they merge. */
export function sentBackText(notes: readonly Finding[], reason: string): string {
  const word = reason ? `\nThey say: ${reason}` : "";
  return `The person who is to merge your change has read it and sends it back. Mend each of their findings and nothing else; stay in the files that they name where you can. The folder stands on the target's latest state.${word}\n${findingsText(notes)}`;
}

export const redText = (red: readonly Evidence[]): string =>
  `Checks fail on your change. Mend what makes them fail and nothing else.\n${evidenceText(red)}`;

export function reviewerSystem(instructions: string | undefined): string {
  return [
    "Tutti role: reviewer",
    "You review a change that somebody else wrote. The folder holds two commits: `base`, and `candidate` on top of it, which is checked out.",
    "Find defects that matter: wrong results, broken promises of the task or its contract, lost data, security holes, missing tests for new behaviour.",
    "A blocking finding needs evidence: a command that you ran with its output, or the lines that prove it. You may run anything in this folder; what you change here reaches nobody. Style is not a finding.",
    "Hand your review in with the tool submit_review, exactly once. An empty list of findings approves the change.",
    ...(instructions ? [instructions] : []),
  ].join("\n");
}

export interface ReviewBrief {
  task: TaskSpec;
  round: number;
  diff: string;
  evidence: readonly Evidence[];
  /** Checks that were red before the change. */
  baseRed: readonly string[];
  /** Changed paths that define checks or rules. */
  flagged: readonly string[];
  /** Paths changed since the last round beside those that its findings named. */
  outOfScope: readonly string[];
  /** What earlier rounds found. */
  earlier: readonly Finding[];
}

export function reviewText(brief: ReviewBrief): string {
  const parts = [
    `Review round ${brief.round}`,
    `Task: ${brief.task.text}\n${contractOf(brief.task)}`,
    `Checks that Tutti ran on the candidate:\n${evidenceText(brief.evidence)}`,
  ];
  if (brief.baseRed.length) parts.push(`Red on the base already:\n${list(brief.baseRed)}`);
  if (brief.flagged.length)
    parts.push(
      `The change touches files that define the checks or the rules. Look hard at them:\n${list(brief.flagged)}`,
    );
  if (brief.outOfScope.length)
    parts.push(
      `Changed in this round although no finding named them. Look hard at them:\n${list(brief.outOfScope)}`,
    );
  if (brief.earlier.length)
    parts.push(
      `Blocking findings of the last round; see whether they are mended:\n${list(brief.earlier.map(({ file, claim }) => `${file}: ${claim}`))}`,
    );
  parts.push(`The change (git diff base candidate):\n${brief.diff}`);
  return parts.join("\n\n");
}

export const remindText =
  "You ended without handing in your review. Call the tool submit_review now: your findings, or an empty list when you found nothing that matters.";
