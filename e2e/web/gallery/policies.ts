/** The rules in force in the gallery, and what is asked about them. */
import type { Explanation, PolicyCheck, PolicyCheckAnswer, PolicyList, ShadowReport } from "@tutti/core";
import type { Log } from "./log.ts";

const builtIn = (name: string, summary: string, params: Record<string, never> | object = {}) => ({
  ...{ name, policy: name, level: "server" as const, from: "built in", summary, shadow: false },
  params: params as PolicyList["rules"][number]["params"],
});

export const rules: PolicyList = {
  rules: [
    builtIn("destructive-git", "Git commands that lose work are asked about."),
    builtIn(
      "destructive-shell",
      "Commands that delete or overwrite what cannot be brought back are asked about.",
    ),
    builtIn("protected-branches", "Pushes that rewrite or delete a shared branch are asked about.", {
      branches: ["main", "release/*"],
    }),
    builtIn("protected-paths", "Keys, credentials and Tutti's own files are not touched."),
    builtIn("allowed-hosts", "Only hosts on the list are reached without a question.", {
      hosts: ["registry.npmjs.org", "github.com", "developer.mozilla.org"],
    }),
    builtIn("detect-loop", "The same call over and over is asked about."),
    builtIn("max-tool-calls", "A turn with very many calls is asked about.", { limit: 500 }),
    builtIn("secrets-in-output", "Secrets in what a command prints are not kept."),
    {
      ...builtIn("budget", "At an amount of money a person is asked before more is spent.", {
        userDay: { warn: 15, limit: 20, step: 5 },
        tree: { limit: 5 },
      }),
      from: "/home/jo/.config/tutti/policies/budget.yaml:3:5",
    },
    {
      ...builtIn("no-friday-deploys", "Rules: no-friday-deploys.", { file: "deploys" }),
      ...{ policy: "rules", from: "/home/jo/.config/tutti/policies/deploys.yaml:1:1", shadow: true },
    },
    {
      ...builtIn("read-only", "The agent changes nothing.", { paths: ["db/migrations"] }),
      ...{ level: "agent" as const, from: "/home/jo/code/todos/.tutti/policies/db.yaml:2:3" },
    },
  ],
  problems: [],
  notes: [],
};

export function checkPolicy({ about }: PolicyCheck): PolicyCheckAnswer {
  const text = about.kind === "command" ? about.command : about.kind === "host" ? about.host : about.name;
  const found = [
    {
      word: /push\b.*(-f|--force)/,
      policy: "protected-branches",
      weight: "irreversible" as const,
      says: "A force-push may take commits away from a branch that others see.",
    },
    {
      word: /\brm\b.*-\w*r/,
      policy: "destructive-shell",
      weight: "irreversible" as const,
      says: "A folder would be deleted with everything in it.",
    },
    {
      word: /\bcurl\b|\bwget\b|publish/,
      policy: "allowed-hosts",
      weight: "leaves-machine" as const,
      says: "A host would be reached that is not on the list.",
    },
  ].find(({ word }) => word.test(text));
  const decision = found
    ? { effect: "ask" as const, reason: found.says, policies: [found.policy], weight: found.weight }
    : { effect: "allow" as const };
  return {
    ...{ verdict: decision.effect, policy: found ? [found.policy] : [], reason: found?.says ?? null },
    ...{ effect: found ? [found.says] : ["It runs in the worktree."], weight: found?.weight ?? "routine" },
    ...{ alternative: null, rule: null, decision, notes: [] },
    actions: [
      {
        phase: "tool-call",
        decision,
        votes: rules.rules.map(({ policy, level, shadow, params }) => ({
          ...{ policy, level, shadow, params },
          ruling:
            found?.policy === policy
              ? { effect: "ask" as const, reason: found.says, weight: found.weight, alternative: null }
              : null,
        })),
      },
    ],
  };
}

export const shadow: ShadowReport = {
  rules: [
    {
      ...{ policy: "no-friday-deploys", effect: "ask", count: 3, sessions: 2 },
      examples: [
        {
          ...{ session: "nightly-export", seq: 12, at: "2026-03-13T16:14:10.000Z" },
          ...{ what: "npm run deploy", reason: "It is Friday." },
        },
      ],
    },
  ],
};

/** How a question came to be asked. */
export function explain(log: Log, id: string): Explanation | undefined {
  for (const { session, seq, at, by, event } of log.events) {
    if (event.type !== "approval.requested" || !event.approval.startsWith(id)) continue;
    const { approval, subject } = event;
    const answered = log.state(session)?.approvals[approval];
    const recorded =
      "reason" in subject
        ? {
            effect: "ask" as const,
            reason: subject.reason,
            policies: subject.policies,
            weight: subject.weight,
          }
        : { effect: "ask" as const, reason: "Only a person can merge.", policies: [] };
    return {
      ...{ session, seq, at, by, kind: subject.kind, recorded, today: recorded, differs: false },
      what: "command" in subject ? String(subject.command) : approval,
      ...{
        notes: [],
        actions: checkPolicy({ about: { kind: "command", command: "git push --force" }, confined: true })
          .actions,
      },
      question: {
        approval,
        answer: answered?.answered?.answer ?? null,
        by: answered?.answered?.by ?? null,
        at: answered?.answered?.at ?? null,
        via: answered?.answered?.via ?? null,
        reason: answered?.answered?.reason ?? null,
        withdrawn: answered?.withdrawn ?? null,
      },
    };
  }
  return undefined;
}
