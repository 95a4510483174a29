/** What Tutti itself found out about what is asked, and what stopped it. The agent's words are not among it. */
import { Link } from "@tanstack/react-router";
import type { InboxItemOf, SessionState } from "@tutti/core";
import type { ReactNode } from "react";
import { Icon, type IconName } from "../design/icon.tsx";
import { Age } from "../design/time.tsx";
import { cost, counted, shortHash } from "../design/words.ts";
import { lostOf, type PolicySubject } from "./words.ts";

type Tone = "warning" | "check" | "policy" | "cost";

const looks = {
  warning: { icon: "warning", colour: "text-stop" },
  check: { icon: "check", colour: "text-pass" },
  policy: { icon: "policy", colour: "text-text-3" },
  cost: { icon: "cost", colour: "text-text-3" },
} as const satisfies Record<Tone, { icon: IconName; colour: string }>;

/** One fact: its sign, and a sentence. */
export function Fact({ tone, children }: { tone: Tone; children: ReactNode }) {
  const { icon, colour } = looks[tone];
  return (
    <li>
      <Icon name={icon} size={14} className={colour} />
      <span className="min-w-0">{children}</span>
    </li>
  );
}

export function CheckedFacts({
  item,
  subject,
  state,
}: {
  item: InboxItemOf<"question">;
  subject: PolicySubject;
  state: SessionState | undefined;
}) {
  const { policies, reason, effect, alternative } = subject;
  // A push's first sentences, one for each ref, are its table.
  const more = subject.kind === "push" ? effect.slice(subject.facts.updates.length) : [];
  return (
    <ul className="checked">
      {subject.kind === "push" && <PushFacts item={item} subject={subject} />}
      {more.map((words) => (
        <Fact key={words} tone="check">
          {words}
        </Fact>
      ))}
      {state?.machine?.doubt !== undefined && (
        <Fact tone="warning">The agent is not confined: {state.machine.doubt}</Fact>
      )}
      <Fact tone="policy">
        {policies.length > 0 && (
          <>
            Stopped by{" "}
            {policies.map((policy, index) => (
              <span key={policy}>
                {index > 0 && (index === policies.length - 1 ? " and " : ", ")}
                <Link to="/policies" className="fact-link">
                  {policy}
                </Link>
              </span>
            ))}
            :{" "}
          </>
        )}
        {reason}
      </Fact>
      {alternative !== undefined && <Fact tone="check">Safer: {alternative}</Fact>}
      <Fact tone="cost">{cost(item)} so far</Fact>
    </ul>
  );
}

function PushFacts({
  item,
  subject: {
    facts: { updates, remote, url },
  },
}: {
  item: InboxItemOf<"question">;
  subject: Extract<PolicySubject, { kind: "push" }>;
}) {
  const losing = updates.filter((update) => lostOf(update) > 0);
  const lost = losing.reduce((sum, update) => sum + lostOf(update), 0);
  const authors = [...new Set(losing.flatMap(({ removed }) => removed.commits.map(({ author }) => author)))];
  const [first] = updates;
  return (
    <>
      {lost > 0 ? (
        <Fact tone="warning">
          {counted(lost, "commit")}
          {authors.length > 0 && ` by ${authors.slice(0, 3).join(", ")}`} {lost === 1 ? "is" : "are"} not in
          the new history
        </Fact>
      ) : (
        <Fact tone="check">No commit disappears</Fact>
      )}
      <Fact tone="check">
        {remote} ({url}) read <Age at={item.at} /> ago
        {first && updates.length === 1 && first.old !== null && (
          <>
            , at <code>{shortHash(first.old)}</code>
          </>
        )}
      </Fact>
    </>
  );
}
