/** What a person sees before they answer: the effect of a yes. Pure. */
import {
  type ApprovalSubject,
  type ApprovalSubjectOf,
  type PushedCommit,
  type PushUpdate,
  passed,
  type SessionState,
  type Weight,
} from "@tutti/core";
import { type Line, padded, plain, plainLines, type Span } from "../terminal/text.ts";
import { counted, ending, money, short } from "./words.ts";

const labelWidth = 10;
/** Files, lines of a command and findings that a card shows. */
const shown = 20;

/** The question in one line. */
export function questionLine(subject: ApprovalSubject): string {
  if ("agreements" in subject && subject.agreements) return `let it go on? ${plain(subject.reason)}`;
  switch (subject.kind) {
    case "merge":
      return `merge task ${subject.task} into ${subject.target}?`;
    case "trust":
      return `trust the commands that ${subject.repository} brings?`;
    case "push":
      return `push to ${plain(subject.facts.remote)}: ${subject.facts.updates.map(({ kind, ref }) => `${pushWords[kind]} ${plain(shortRef(ref))}`).join(", ")}?`;
    case "turn":
      return `let the agent begin? ${plain(subject.reason)}`;
    case "tool":
      return `allow ${plain(subject.call.command ?? [subject.call.name, ...(subject.call.paths ?? [])].join(" "))}?`;
  }
}

export function card(subject: ApprovalSubject, session: SessionState): Line[] {
  switch (subject.kind) {
    case "merge":
      return mergeCard(subject, session);
    case "trust":
      return [
        [{ text: "Trust what this repository commands?", look: "bold" }],
        row("repository", plain(subject.repository)),
        ...subject.items.map((item, index) => row(index === 0 ? "would run" : "", plain(item))),
        row("", {
          text: "They run on this machine with your rights. Asked again when they change.",
          look: "dim",
        }),
      ];
    case "tool":
      return toolCard(subject, session);
    case "push":
      return pushCard(subject, session);
    case "turn":
      return [
        [{ text: "Let the agent begin?", look: "bold" }, `  ${plain(session.spec.title)}`],
        ...effectRows(subject),
        ...whatHangsOnIt(subject, session),
      ];
  }
}

const row = (label: string, ...rest: Line): Line => [
  "  ",
  { text: padded(label, labelWidth), look: "dim" },
  " ",
  ...rest,
];

function mergeCard(subject: ApprovalSubjectOf<"merge">, { tasks }: SessionState): Line[] {
  const task = tasks[subject.task];
  const files = task?.candidate?.tree === subject.tree ? task.candidate.files : [];
  const blocking = subject.verdict.findings.filter(({ severity }) => severity === "blocking").length;
  const earlier = (task?.findings.length ?? 0) - subject.verdict.findings.length;
  return [
    [{ text: `Merge into ${subject.target}?`, look: "bold" }, `  ${plain(task?.spec.text ?? subject.task)}`],
    row("candidate", short(subject.commit), {
      text: ` tree ${short(subject.tree)} on ${short(subject.head)}`,
      look: "dim",
    }),
    ...files
      .slice(0, shown)
      .map(({ path, status, additions, deletions }, index) =>
        row(
          index === 0 ? "files" : "",
          `${status} ${plain(path)}  `,
          ...(additions === null
            ? [{ text: "binary", look: "dim" as const }]
            : [
                { text: `+${additions}`, look: "green" as const },
                " ",
                { text: `-${deletions ?? 0}`, look: "red" as const },
              ]),
        ),
      ),
    ...(files.length > shown ? [row("", `… and ${files.length - shown} more`)] : []),
    row(
      "checks",
      ...(subject.evidence.length === 0
        ? [{ text: "the project has none", look: "yellow" as const }]
        : subject.evidence.flatMap(
            (item, index): Line => [
              ...(index > 0 ? ["  "] : []),
              { text: passed(item) ? "✓ " : "✗ ", look: passed(item) ? "green" : "red" },
              `${plain(item.name)}${passed(item) ? "" : ` (${ending(item)})`}`,
            ],
          )),
    ),
    row(
      "review",
      subject.verdict.approved
        ? { text: "approved", look: "green" }
        : { text: `not approved: ${counted(blocking, "blocking finding")}`, look: "red" },
      ...(task?.verdict
        ? [{ text: ` by ${task.verdict.reviewerVendors.join(", ")}`, look: "dim" as const }]
        : []),
      ...(earlier > 0
        ? [{ text: `, after ${counted(earlier, "finding")} in earlier rounds`, look: "dim" as const }]
        : []),
    ),
    ...subject.verdict.findings
      .slice(0, shown)
      .map(({ severity, file, line, claim }) =>
        row(
          "",
          { text: severity === "blocking" ? "✗ " : "· ", look: severity === "blocking" ? "red" : "dim" },
          { text: `${plain(file)}${line ? `:${line}` : ""} `, look: "cyan" },
          plain(claim),
        ),
      ),
    ...subject.warnings.map((warning) => row("warning", { text: plain(warning), look: "yellow" })),
    row("cost", money(subject)),
  ];
}

function toolCard(subject: ApprovalSubjectOf<"tool">, session: SessionState): Line[] {
  const { call } = subject;
  const command = call.command === undefined ? [] : plainLines(call.command);
  return [
    [{ text: "Allow this call?", look: "bold" }, `  ${plain(session.spec.title)}`],
    ...effectRows(subject),
    ...command.slice(0, shown).map((line, index) => row(index === 0 ? "command" : "", line)),
    ...(command.length > shown ? [row("", `… and ${command.length - shown} more lines`)] : []),
    ...(call.paths ?? []).map((path, index) => row(index === 0 ? "paths" : "", plain(path))),
    ...(call.command === undefined && !call.paths
      ? [row("call", plain(`${call.name} ${JSON.stringify(call.input)}`))]
      : []),
    ...(call.cwd === undefined ? [] : [row("in", plain(call.cwd))]),
    ...(call.agent === undefined ? [] : [row("sub-agent", plain(call.agent))]),
    ...whatHangsOnIt(subject, session),
  ];
}

function pushCard(subject: ApprovalSubjectOf<"push">, session: SessionState): Line[] {
  const { facts } = subject;
  return [
    [{ text: `Push to ${plain(facts.remote)}?`, look: "bold" }, `  ${plain(session.spec.title)}`],
    row("remote", plain(facts.url)),
    ...effectRows(subject),
    ...facts.updates.slice(0, shown).flatMap(updateRows),
    ...(facts.updates.length > shown ? [row("", `… and ${facts.updates.length - shown} more refs`)] : []),
    ...whatHangsOnIt(subject, session),
  ];
}

const pushWords = {
  create: "create",
  "fast-forward": "update",
  forced: "overwrite",
  delete: "delete",
} as const satisfies Record<PushUpdate["kind"], string>;

const shortRef = (ref: string): string => ref.replace(/^refs\/(heads|tags)\//, "");

function updateRows({ ref, old, new: to, kind, removed, rewritten, added }: PushUpdate): Line[] {
  const look = kind === "forced" || kind === "delete" ? "red" : "green";
  const ends = `${old ? short(old) : "nothing"} → ${to ? short(to) : "nothing"}`;
  const same = rewritten > 0 ? `, ${rewritten} of them come back with the same patch` : "";
  return [
    row(shortRef(ref), { text: pushWords[kind], look }, { text: `  ${ends}`, look: "dim" }),
    ...commitRows("-", removed, `${counted(removed.count, "commit")} would disappear${same}`),
    ...commitRows("+", added, counted(added.count, "commit")),
  ];
}

function commitRows(
  sign: "+" | "-",
  { count, commits }: { count: number; commits: readonly PushedCommit[] },
  head: string,
): Line[] {
  if (count === 0) return [];
  const look = sign === "-" ? "red" : "green";
  const few = commits.slice(0, 5);
  return [
    row("", { text: `${sign} ${head}`, look }),
    ...few.map(({ sha, subject, author }) =>
      row("", "    ", { text: short(sha), look: "cyan" }, ` ${plain(subject)} `, {
        text: plain(author),
        look: "dim",
      }),
    ),
    ...(count > few.length ? [row("", `    … and ${count - few.length} more`)] : []),
  ];
}

const weightWords = {
  routine: { text: "routine", look: "dim" },
  "leaves-machine": { text: "leaves this machine", look: "yellow" },
  irreversible: { text: "cannot be undone", look: "red" },
} as const satisfies Record<Weight, Span>;

type Asked = ApprovalSubjectOf<"tool" | "push" | "turn">;

const effectRows = ({ effect, weight }: Asked): Line[] => [
  ...effect.map((line, index) => row(index === 0 ? "effect" : "", plain(line))),
  row("weight", weightWords[weight]),
];

/** Why it is asked, by whom, and what else may be said than yes or no. */
function whatHangsOnIt(subject: Asked, { spec, harness, machine }: SessionState): Line[] {
  const { reason, policies, alternative, quote, rule } = subject;
  const words = plain(quote);
  return [
    row(
      "why asked",
      { text: plain(reason), look: "yellow" },
      { text: ` (${policies.join(", ")})`, look: "dim" },
    ),
    ...(alternative === undefined ? [] : [row("safer", plain(alternative))]),
    row(
      "agent",
      [spec.role, spec.harness?.harness, harness?.model, spec.parent && `for ${spec.parent}`]
        .filter(Boolean)
        .join(", "),
    ),
    ...(words ? [row("it says", { text: `“${words.slice(0, 300)}”`, look: "dim" })] : []),
    ...(machine?.doubt ? [row("caution", { text: plain(machine.doubt), look: "yellow" })] : []),
    ...(rule
      ? [
          row("alike", {
            text: `--alike allows ${plain(rule.words)} for the rest of the session`,
            look: "dim",
          }),
        ]
      : []),
  ];
}

/** A diff for reading, coloured line by line. */
export function diffLines(diff: { text: string; cut: number }): Line[] {
  return plainLines(diff.text.trimEnd()).map((line): Line => {
    if (/^(diff |index |\+\+\+|---)/.test(line)) return [{ text: line, look: "bold" }];
    if (line.startsWith("@@")) return [{ text: line, look: "cyan" }];
    if (line.startsWith("+")) return [{ text: line, look: "green" }];
    return line.startsWith("-") ? [{ text: line, look: "red" }] : [line];
  });
}
