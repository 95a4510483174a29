/** What questions about policies are answered, line by line. Pure. */
import type {
  ActionReport,
  AuditFinding,
  AuditRow,
  Decision,
  Explanation,
  InquiryExample,
  PolicyCheckAnswer,
  PolicyInForce,
  PolicyTestReport,
  ShadowReport,
  VoteReport,
} from "@tutti/core";
import { type Line, padded, plain, type Span } from "../terminal/text.ts";

const signs = {
  allow: { text: "✓ allow", look: "green" },
  ask: { text: "? ask", look: "yellow" },
  deny: { text: "✗ deny", look: "red" },
} as const satisfies Record<string, Span>;

const dim = (text: string): Span => ({ text, look: "dim" });
const json = (value: unknown): string => plain(JSON.stringify(value)).slice(0, 300);

/** A verdict on a call that nobody has made. */
export function checkLines({ verdict, policy, reason, ...answer }: PolicyCheckAnswer): Line[] {
  const { effect, weight, alternative, rule, decision, notes } = answer;
  return [
    [signs[verdict], ...(policy.length > 0 ? ["  ", dim(plain(policy.join(", ")))] : [])],
    ...(reason === null ? [] : [[`  ${plain(reason)}`]]),
    ...effect.map((sentence): Line => ["  ", dim("would: "), plain(sentence)]),
    ...(verdict === "allow" ? [] : [["  ", dim("weight: "), weight]]),
    ...(alternative === null ? [] : [["  ", dim("safer: "), plain(alternative)]]),
    ...(verdict !== "ask" || rule === null
      ? []
      : [["  ", dim("a yes for all alike would allow "), plain(rule.words)]]),
    ...reportedLines(decision).map((line): Line => ["  ", ...line]),
    ...notes.map((note): Line => ["  ", dim(plain(note))]),
  ];
}

/** What rules that only report would have done. */
export function reportedLines({ reported = [] }: Decision): Line[] {
  return reported.map(({ policy, effect, reason }) => [
    dim(
      `${effect === "ask" ? "would have asked" : "would have been denied"}: ${plain(reason)} (${plain(policy)})`,
    ),
  ]);
}

export function explanationLines(of: Explanation): Line[] {
  const { session, seq, at, kind, what, recorded, today, differs, notes, actions, question } = of;
  return [
    [{ text: plain(what), look: "bold" }],
    [dim(`  ${kind}, event ${seq} of session ${session}, ${at}`)],
    ["  ", dim("decided  "), ...decisionSpans(recorded)],
    ...reportedLines(recorded).map((line): Line => ["           ", ...line]),
    ...(differs
      ? [
          [
            "  ",
            { text: "today    ", look: "yellow" as const },
            ...(today ? decisionSpans(today) : ["it would be refused"]),
          ],
        ]
      : []),
    ...(question ? [["  ", dim("question "), ...questionSpans(question)]] : []),
    ...notes.map((note): Line => [{ text: `  ${plain(note)}`, look: differs ? "yellow" : "dim" }]),
    ...actions.flatMap(actionLines),
  ];
}

function decisionSpans(decision: Decision): Line {
  if (decision.effect === "allow")
    return [signs.allow, ...(decision.rule === undefined ? [] : [`  by your rule: ${plain(decision.rule)}`])];
  const { reason, policies } = decision;
  return [
    signs[decision.effect],
    `  ${plain(reason)}`,
    ...(policies.length > 0 ? [dim(` (${plain(policies.join(", "))})`)] : []),
  ];
}

function questionSpans({
  approval,
  answer,
  by,
  via,
  reason,
  withdrawn,
}: NonNullable<Explanation["question"]>): Line {
  if (withdrawn !== null) return [`${approval} ended: ${plain(withdrawn)}`];
  if (answer === null) return [`${approval} waits for you`];
  const who =
    via === "preapproved"
      ? "as said beforehand"
      : via === "no-answer"
        ? "nobody answered"
        : via === "alike"
          ? "as another question like it"
          : `by ${plain(by?.name ?? "")}`;
  return [
    { text: answer === "allow" ? "yes" : "no", look: answer === "allow" ? "green" : "red" },
    ` ${who}${reason === null ? "" : `: ${plain(reason)}`}`,
    dim(`  ${approval}`),
  ];
}

function actionLines({ phase, decision, votes }: ActionReport): Line[] {
  const silent = votes.filter(({ ruling }) => ruling === null);
  return [
    [],
    [{ text: phase, look: "cyan" }, "  ", signs[decision.effect]],
    ...votes.filter(({ ruling }) => ruling !== null).flatMap(voteLines),
    ...(silent.length > 0
      ? [[dim(`  no opinion: ${plain(silent.map(({ policy }) => policy).join(", "))}`)]]
      : []),
  ];
}

function voteLines({ policy, level, shadow, params, ruling, before, after }: VoteReport): Line[] {
  if (ruling === null) return [];
  return [
    [
      "  ",
      shadow ? dim(`would ${ruling.effect}`) : signs[ruling.effect],
      `  ${plain(policy)}`,
      dim(`  ${level}${shadow ? ", only reports" : ""}`),
      ...(ruling.reason === null ? [] : [`  ${plain(ruling.reason)}`]),
    ],
    ...(Object.keys(params).length > 0 ? [[dim(`      with ${json(params)}`)]] : []),
    ...(after === undefined
      ? []
      : [[dim(`      remembers ${json(after)}${before === undefined ? "" : `, before ${json(before)}`}`)]]),
  ];
}

export function ruleLines({ name, policy, level, from, summary, params, shadow }: PolicyInForce): Line[] {
  return [
    [
      { text: padded(plain(name), 20), look: "bold" },
      " ",
      plain(summary),
      ...(shadow ? [dim("  (only reports)")] : []),
    ],
    [dim(`  ${level}, ${plain(from)}${policy === name ? "" : `, ${policy}`}`)],
    ...(Object.keys(params).length > 0 ? [[dim(`  with ${json(params)}`)]] : []),
  ];
}

export function testLines({ sessions, judged, same, changes, drifted, notes }: PolicyTestReport): Line[] {
  return [
    [
      `${judged} calls, pushes and turns of ${sessions} sessions: ${same} come out the same, ${judged - same} do not.`,
    ],
    ...changes.flatMap(({ from, to, subject, policies, count, examples }): Line[] => [
      [],
      [
        { text: `${from} → ${to}`, look: to === "allow" ? "green" : to === "ask" ? "yellow" : "red" },
        `  ${count} × ${subject}`,
        dim(`  ${plain(policies.join(", "))}`),
      ],
      ...examples.map(exampleLine),
    ]),
    ...(drifted > 0
      ? [
          [],
          [
            {
              text: `${drifted} come out otherwise than the log says by the rules of their time: a policy's code is not what it was.`,
              look: "yellow" as const,
            },
          ],
        ]
      : []),
    ...notes.map((note): Line => [dim(plain(note))]),
  ];
}

export function shadowLines({ rules }: ShadowReport): Line[] {
  return rules.flatMap(({ policy, effect, count, sessions, examples }): Line[] => [
    [
      { text: plain(policy), look: "bold" },
      `  would have ${effect === "ask" ? "asked" : "denied"} ${count} ${count === 1 ? "time" : "times"} in ${sessions} ${sessions === 1 ? "session" : "sessions"}`,
    ],
    ...examples.map(exampleLine),
  ]);
}

const exampleLine = ({ session, seq, what, reason }: InquiryExample): Line => [
  `  ${plain(what)}`,
  ...(reason === "" ? [] : [dim(`  ${plain(reason)}`)]),
  dim(`  ${session} event ${seq}`),
];

export const auditLine = ({ n, at, by, kind, session, body }: AuditRow): Line => [
  dim(String(n).padStart(6)),
  dim(`  ${at.slice(0, 19)}Z  `),
  { text: padded(kind, 20), look: "bold" },
  ` ${plain(by.name)}  `,
  ...(session === null ? [] : [dim(`${session}  `)]),
  plain(body).slice(0, 300),
];

export const findingLine = ({ kind, message }: AuditFinding): Line => [
  { text: padded(kind, 14), look: "red" },
  ` ${plain(message)}`,
];
