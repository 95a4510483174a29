/** What a person sees before they answer: the effect of a yes. Pure. */
import { type ApprovalSubject, passed, type SessionState } from "@tutti/core";
import { type Line, padded, plain, plainLines } from "../terminal/text.ts";
import { counted, ending, money, short } from "./words.ts";

const labelWidth = 10;
/** Files, lines of a command and findings that a card shows. */
const shown = 20;

type SubjectOf<K extends ApprovalSubject["kind"]> = Extract<ApprovalSubject, { kind: K }>;

/** The question in one line. */
export function questionLine(subject: ApprovalSubject): string {
  switch (subject.kind) {
    case "merge":
      return `merge task ${subject.task} into ${subject.target}?`;
    case "trust":
      return `trust the commands that ${subject.repository} brings?`;
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
  }
}

const row = (label: string, ...rest: Line): Line => [
  "  ",
  { text: padded(label, labelWidth), look: "dim" },
  " ",
  ...rest,
];

function mergeCard(subject: SubjectOf<"merge">, { tasks }: SessionState): Line[] {
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

function toolCard({ call, reason, policies }: SubjectOf<"tool">, { spec, harness }: SessionState): Line[] {
  const command = call.command === undefined ? [] : plainLines(call.command);
  return [
    [{ text: "Allow this call?", look: "bold" }, `  ${plain(spec.title)}`],
    ...command.slice(0, shown).map((line, index) => row(index === 0 ? "command" : "", line)),
    ...(command.length > shown ? [row("", `… and ${command.length - shown} more lines`)] : []),
    ...(call.paths ?? []).map((path, index) => row(index === 0 ? "paths" : "", plain(path))),
    ...(call.command === undefined && !call.paths
      ? [row("call", plain(`${call.name} ${JSON.stringify(call.input)}`))]
      : []),
    ...(call.cwd === undefined ? [] : [row("in", plain(call.cwd))]),
    row(
      "why asked",
      { text: plain(reason), look: "yellow" },
      { text: ` (${policies.join(", ")})`, look: "dim" },
    ),
    row("agent", [spec.harness?.harness, harness?.model].filter(Boolean).join(", ")),
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
