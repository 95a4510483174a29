/**
 * A task's block: where it stands on a few lines, drawn again in place. Pure: states in, lines out.
 */
import { passed, type Role, type SessionState, type TaskState, totalCost } from "@tutti/core";
import { cut, type Line, padded, plain, type Span } from "../terminal/text.ts";
import {
  below,
  clock,
  counted,
  ending,
  type HarnessTitles,
  money,
  outcomeWords,
  phaseWords,
  short,
} from "./words.ts";

export interface BlockOptions {
  titles: HarnessTitles;
  /** Milliseconds since 1970. */
  now: number;
  columns: number;
}

const labelWidth = 13;
/** Findings and notes shown of a task that is not over. */
const shownFindings = 4;
const shownNotes = 3;

/** The blocks of all tasks of a request, in at most `rows` lines: tasks that are over shrink to one line first. */
export function blocks(
  root: SessionState,
  children: readonly SessionState[],
  options: BlockOptions,
  rows: number,
): Line[] {
  const tasks = Object.values(root.tasks);
  if (tasks.length === 0) return [[{ text: "starting …", look: "dim" }]];
  const full = tasks.map((task) => block(task, children, options));
  const height = (parts: readonly Line[][]) => parts.reduce((sum, lines) => sum + lines.length, 0);
  for (const over of [true, false])
    for (const [index, task] of tasks.entries()) {
      if (height(full) <= rows) break;
      const lines = full[index];
      if (lines && lines.length > 1 && (task.outcome !== null) === over)
        full[index] = lines.slice(0, over ? 1 : 2);
    }
  return full.flat().slice(0, rows);
}

/** One task. The first line alone says what a person needs most. */
export function block(task: TaskState, children: readonly SessionState[], options: BlockOptions): Line[] {
  const sessions = children.filter(({ spec }) => spec.task === task.spec.id);
  return [
    headline(task, sessions, options),
    ...(["implementer", "reviewer"] as const).flatMap((role) => seatLine(task, role, sessions, options)),
    ...checkLine(task),
    ...findingLines(task),
    ...noteLines(task),
    ...ended(task),
  ];
}

function headline(task: TaskState, sessions: readonly SessionState[], { now, columns }: BlockOptions): Line {
  const until = task.endedAt === null ? now : Date.parse(task.endedAt);
  const cost = totalCost(sessions.flatMap(({ usage }) => usage));
  const figures = `${clock(until - Date.parse(task.startedAt))}  ${money(cost)}`;
  const standing = task.outcome === null ? phaseWords[task.phase] : outcomeWords[task.outcome];
  const width = Math.max(10, columns - figures.length - standing.length - 7);
  return [
    sign(task),
    " ",
    { text: padded(cut(plain(task.spec.text), width), width), look: "bold" },
    "  ",
    { text: standing, look: task.outcome === null ? "cyan" : task.outcome === "merged" ? "green" : "red" },
    "  ",
    { text: figures, look: "dim" },
  ];
}

function sign({ outcome, phase }: TaskState): Span {
  if (outcome === "merged") return { text: "✓", look: "green" };
  if (outcome !== null) return { text: "✗", look: "red" };
  if (phase === "consenting") return { text: "?", look: "yellow" };
  return phase === "waiting" ? { text: "○", look: "dim" } : { text: "●", look: "cyan" };
}

const row = (label: string, ...rest: Line): Line => [
  "  ",
  { text: padded(label, labelWidth), look: "dim" },
  ...rest,
];

/** The latest to take the role, and what it does now. */
function seatLine(
  task: TaskState,
  role: Role,
  sessions: readonly SessionState[],
  { titles }: BlockOptions,
): Line[] {
  const assignment = task.assignments.filter((one) => one.role === role).at(-1);
  if (!assignment) return [];
  const { title } = titles(assignment.harness);
  const state = sessions.find(({ id }) => id === assignment.session);
  const vendor = assignment.vendor ?? state?.harness?.vendor ?? null;
  const who: Line = [title, ...(vendor ? [{ text: ` (${vendor})`, look: "dim" as const }] : [])];
  return [row(role, ...who, ...doing(state))];
}

function doing(state: SessionState | undefined): Line {
  const say = (text: string, look?: Span["look"]): Line => ["  ", { text: plain(text), look }];
  if (!state) return [];
  const asked = Object.values(state.approvals).some(
    ({ answered, withdrawn }) => !answered && withdrawn === undefined,
  );
  if (asked) return say("asks for permission", "yellow");
  if (state.turn) {
    if (state.turn.interruptRequested) return say("is being interrupted", "yellow");
    const call = state.turn.calls.at(-1);
    if (call)
      return say(
        `${call.kind === "shell" ? "$ " : `${call.name} `}${below(state.spec.workspace, call.title)}`,
      );
    if (state.lastMessage) return say(head(state.lastMessage), "dim");
    return say(state.turn.begun ? "is thinking" : "is starting", "dim");
  }
  const { lastTurn } = state;
  if (!lastTurn) return [];
  if (lastTurn.failure) return say(lastTurn.failure.message, "red");
  return say(lastTurn.lastMessage ? head(lastTurn.lastMessage) : lastTurn.status, "dim");
}

const head = (message: string): string => message.trim().split("\n", 1)[0] ?? "";

function checkLine({ evidence, phase, detail, outcome }: TaskState): Line[] {
  const results = evidence.map(
    (item): Line => [
      { text: passed(item) ? "✓ " : "✗ ", look: passed(item) ? "green" : "red" },
      plain(item.name),
      ...(passed(item) ? [] : [{ text: ` ${ending(item)}`, look: "red" as const }]),
      "  ",
    ],
  );
  const running: Line =
    phase === "checking" && outcome === null ? [{ text: `running ${plain(detail)}`, look: "dim" }] : [];
  return results.length + running.length > 0 ? [row("checks", ...results.flat(), ...running)] : [];
}

function findingLines({ findings, verdict, round, outcome }: TaskState): Line[] {
  if (!verdict) return [];
  const latest = findings.filter(({ round, by }) => by === undefined && round === verdict.round);
  const shown = outcome === null ? latest.slice(0, shownFindings) : [];
  const fixes = round > 0 ? `, ${counted(round, "fix round")}` : "";
  const mended = findings.length - latest.length;
  const judged: Line = [
    verdict.approved
      ? { text: "approved", look: "green" }
      : {
          text: counted(latest.filter(({ severity }) => severity === "blocking").length, "blocking finding"),
          look: "red",
        },
    {
      text: ` in review ${verdict.round}${fixes}${mended > 0 ? `, ${counted(mended, "earlier finding")}` : ""}`,
      look: "dim",
    },
  ];
  return [
    row("verdict", ...judged),
    ...shown.map((finding) =>
      row(
        "",
        {
          text: finding.severity === "blocking" ? "✗ " : "· ",
          look: finding.severity === "blocking" ? "red" : "dim",
        },
        { text: `${plain(finding.file)}${finding.line ? `:${finding.line}` : ""} `, look: "cyan" },
        plain(finding.claim),
      ),
    ),
    ...(latest.length > shown.length && outcome === null
      ? [row("", `… ${latest.length - shown.length} more`)]
      : []),
  ];
}

const noteLines = ({ notes }: TaskState): Line[] =>
  notes.slice(-shownNotes).map(({ level, text }) =>
    row(level === "warning" ? "warning" : "note", {
      text: plain(text),
      look: level === "warning" ? "yellow" : "dim",
    }),
  );

function ended({ outcome, outcomeDetail, mergedCommit }: TaskState): Line[] {
  if (outcome === null) return [];
  const detail = plain(outcomeDetail);
  if (outcome === "merged" && mergedCommit)
    return [row("commit", { text: short(mergedCommit), look: "green" }, ...(detail ? [` ${detail}`] : []))];
  return detail ? [row("why", detail)] : [];
}
