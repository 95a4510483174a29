/** A request's story, line by line as it happens: what each event says to a person, or nothing. Pure. */
import {
  type Event,
  type EventOf,
  type EventType,
  type Finding,
  type LoggedEvent,
  passed,
  type SessionState,
} from "@tutti/core";
import { reportedLines } from "../inquiry/words.ts";
import { type Line, plain } from "../terminal/text.ts";
import { questionLine } from "./card.ts";
import {
  below,
  clock,
  counted,
  ending,
  type HarnessTitles,
  outcomeWords,
  phaseWords,
  short,
} from "./words.ts";

export interface StoryContext {
  /** The root session, and the session that the event belongs to, both after the event. */
  root: SessionState;
  session: SessionState;
  titles: HarnessTitles;
}

/** A line of the story: when it happened and whom it is about, and what happened. */
export interface StoryLine {
  lead: Line;
  text: Line;
}

/** The lines that an event adds to the story, each led by the time since the request began. */
export function story(logged: LoggedEvent, context: StoryContext): StoryLine[] {
  const { root, session } = context;
  const tell = tellers[logged.event.type] as Teller<EventType>;
  const names = Object.keys(root.tasks);
  const width = Math.max(0, ...names.map((name) => name.length));
  const task = names.length > 1 ? taskOf(logged.event, context) : undefined;
  const { role } = session.spec;
  const lead: Line = [
    { text: clock(Date.parse(logged.at) - Date.parse(root.createdAt)).padStart(6), look: "dim" },
    "  ",
    ...(task ? [{ text: `${task.padEnd(width)}  `, look: "cyan" as const }] : []),
    ...(role ? [{ text: `${role.padEnd(11)} `, look: "dim" as const }] : []),
  ];
  return tell(logged.event, context).map((text) => ({ lead, text }));
}

/** The task that an event is about. */
function taskOf(event: Event, { session }: StoryContext): string | undefined {
  switch (event.type) {
    case "task.created":
      return event.task.id;
    case "task.moved":
    case "task.noted":
    case "verdict.recorded":
    case "verdict.carried":
    case "task.ended":
      return event.task;
    case "work.finished": {
      const request = session.work[event.work]?.request;
      return request && "task" in request ? request.task : undefined;
    }
    case "approval.requested":
    case "approval.resolved":
    case "approval.withdrawn": {
      const subject = session.approvals[event.approval]?.subject;
      return subject?.kind === "merge" ? subject.task : session.spec.task;
    }
    default:
      return session.spec.task;
  }
}

type Teller<T extends EventType> = (event: EventOf<T>, context: StoryContext) => Line[];

const nothing = (): Line[] => [];

const tellers: { [T in EventType]: Teller<T> } = {
  "session.created": nothing,
  "session.closed": nothing,
  "harness.opened": ({ version, model, vendor }, { session, titles }) => {
    // It is opened for every turn, and is the same each time.
    if (session.turns > 1) return [];
    const { title } = titles(session.spec.harness?.harness ?? "");
    return [
      [
        `${title} ${version}`,
        { text: ` ${[model, vendor && `made by ${vendor}`].filter(Boolean).join(", ")}`, look: "dim" },
      ],
    ];
  },
  "turn.started": nothing,
  "turn.steered": ({ text }) => [[{ text: "steered: ", look: "yellow" }, plain(text)]],
  "steer.settled": ({ delivered }) =>
    delivered ? [] : [[{ text: "the text came too late for the turn", look: "yellow" }]],
  "interrupt.requested": () => [[{ text: "is interrupted", look: "yellow" }]],
  "item.added": ({ item }) => {
    if (item.kind === "reasoning") return [];
    if (item.kind === "notice")
      return [[{ text: plain(item.text), look: item.level === "warning" ? "yellow" : "dim" }]];
    return [[{ text: plain(item.text), look: "dim" }]];
  },
  "tool.requested": ({ call, decision }, { session }) => {
    const seen = (text: string) => plain(below(session.spec.workspace, text));
    const what: Line =
      call.kind === "shell"
        ? ["$ ", seen(call.command ?? call.name)]
        : [{ text: `${call.name} `, look: "dim" }, seen(call.paths?.[0] ?? "")];
    const reported = reportedLines(decision).map((line): Line => ["  ", ...line]);
    if (decision.effect === "allow") return [what, ...reported];
    const word = decision.effect === "deny" ? "denied" : "waits for you";
    return [
      [
        ...what,
        { text: `  ${word}: ${plain(decision.reason)}`, look: decision.effect === "deny" ? "red" : "yellow" },
      ],
      ...reported,
    ];
  },
  "tool.begun": nothing,
  "tool.finished": nothing,
  "usage.recorded": nothing,
  "harness.chosen": ({ model }) => [
    [{ text: `the next turns are served by ${plain(model)}`, look: "yellow" }],
  ],
  "policies.set": ({ level }) => [[{ text: `the rules of the ${level} were set anew`, look: "yellow" }]],
  "turn.held": nothing,
  "push.requested": ({ facts, decision }) => [
    [
      `pushes ${plain(facts.updates.map(({ ref }) => ref).join(", "))} to ${plain(facts.remote)}`,
      ...(decision.effect === "deny"
        ? [{ text: `  denied: ${plain(decision.reason)}`, look: "red" as const }]
        : []),
    ],
    ...reportedLines(decision).map((line): Line => ["  ", ...line]),
  ],
  "push.finished": ({ outcome }) => [
    [
      {
        text: `push ${outcome.result}`,
        look: outcome.result === "forwarded" || outcome.result === "already-there" ? "green" : "red",
      },
      ...(outcome.message ? [`: ${plain(outcome.message)}`] : []),
    ],
  ],
  "turn.ended": ({ status, failure }) =>
    status === "completed"
      ? []
      : [[{ text: failure ? plain(failure.message) : status, look: failure ? "red" : "yellow" }]],

  "approval.requested": ({ subject }) => {
    switch (subject.kind) {
      case "merge":
        return [
          [{ text: `asks to merge into ${subject.target}`, look: "yellow" }, ` tree ${short(subject.tree)}`],
        ];
      case "trust":
        return [[{ text: "asks whether the repository's own commands are trusted", look: "yellow" }]];
      case "push":
      case "turn":
        return [[{ text: questionLine(subject), look: "yellow" }]];
      case "tool":
        return [];
    }
  },
  "approval.resolved": ({ answer, reason, via, notes }, { session }) => [
    [
      notes
        ? { text: "sent back", look: "yellow" }
        : { text: answer === "allow" ? "allowed" : "refused", look: answer === "allow" ? "green" : "red" },
      via === "preapproved"
        ? " as said beforehand"
        : via === "no-answer"
          ? ": nobody answered"
          : ` by ${answeredBy(session)}`,
      ...(reason ? [`: ${plain(reason)}`] : []),
    ],
    ...(notes ?? []).map(findingLine),
  ],
  "approval.withdrawn": ({ reason }) => [[{ text: `the question ended: ${plain(reason)}`, look: "dim" }]],

  "review.submitted": ({ review }) => [
    [`hands in the review: ${counted(review.findings.length, "finding")}`],
  ],

  "work.requested": nothing,
  "work.finished": ({ result }) => {
    switch (result.type) {
      case "repository.inspected":
        return [[`base ${short(result.head)} of ${result.target}`]];
      case "workspace.opened":
        return [[`worktree on branch ${result.branch}`]];
      case "workspace.ready":
        return result.steps.map(
          (step): Line => [
            `set-up \`${plain(step.command)}\` `,
            step.exitCode === 0
              ? { text: "done", look: "green" }
              : { text: step.timedOut ? "time limit" : `exit ${step.exitCode}`, look: "red" },
          ],
        );
      case "candidate.taken": {
        const { candidate } = result;
        const sum = (part: "additions" | "deletions") =>
          candidate.files.reduce((total, file) => total + (file[part] ?? 0), 0);
        return [
          [
            `candidate ${short(candidate.commit)}: ${counted(candidate.files.length, "file")} `,
            { text: `+${sum("additions")}`, look: "green" },
            " ",
            { text: `-${sum("deletions")}`, look: "red" },
          ],
        ];
      }
      case "check.finished":
        return result.evidence.map(
          (item): Line => [
            passed(item) ? { text: "✓ ", look: "green" } : { text: "✗ ", look: "red" },
            `${plain(item.name)}: ${ending(item)}`,
            {
              text: `  ${(item.durationMs / 1000).toFixed(1)} s on tree ${short(item.treeHash)}${item.cached ? ", known from before" : ""}`,
              look: "dim",
            },
          ],
        );
      case "candidate.conflicted":
        return [[{ text: `conflicts in ${plain(result.files.join(", "))}`, look: "red" }]];
      case "work.failed":
        return [[{ text: plain(result.message), look: "red" }]];
      default:
        return [];
    }
  },

  "task.created": ({ task }) => [[{ text: plain(task.text), look: "bold" }]],
  "task.moved": ({ phase, detail }) =>
    phase === "waiting"
      ? []
      : [[{ text: phaseWords[phase], look: "cyan" }, ...(detail ? [`  ${plain(detail)}`] : [])]],
  "task.assigned": nothing,
  "task.noted": ({ level, text }) => [[{ text: plain(text), look: level === "warning" ? "yellow" : "dim" }]],
  "verdict.recorded": ({ verdict }) => [
    [
      verdict.approved
        ? { text: "the review approves", look: "green" }
        : { text: "the review blocks", look: "red" },
      {
        text: `  ${verdict.reviewerVendors.join(", ")} on ${verdict.implementerVendors.join(", ")}, tree ${short(verdict.tree)}`,
        look: "dim",
      },
    ],
    ...verdict.findings.map(findingLine),
  ],
  "verdict.carried": ({ from, to }) => [
    [`the verdict holds for the rebased tree: ${short(from)} became ${short(to)}`],
  ],
  "task.ended": ({ outcome, detail, mergedCommit }) => [
    [
      outcome === "merged"
        ? { text: `merged as ${short(mergedCommit ?? "")}`, look: "green" }
        : { text: outcomeWords[outcome], look: "red" },
      ...(detail ? [`  ${plain(detail)}`] : []),
    ],
  ],
};

const findingLine = ({ severity, file, line, claim }: Finding): Line => [
  { text: severity === "blocking" ? "  ✗ " : "  · ", look: severity === "blocking" ? "red" : "dim" },
  { text: `${plain(file)}${line ? `:${line}` : ""} `, look: "cyan" },
  plain(claim),
];

function answeredBy({ approvals }: SessionState): string {
  const latest = Object.values(approvals)
    .flatMap(({ answered }) => (answered ? [answered] : []))
    .sort((a, b) => a.at.localeCompare(b.at))
    .at(-1);
  return latest?.by.name ?? "a person";
}
