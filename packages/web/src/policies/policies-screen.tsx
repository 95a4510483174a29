/** The rules in force, what one would say, and what those that only report would have done. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { PolicyInForce } from "@tutti/core";
import { useState } from "react";
import { Page } from "../app/page.tsx";
import { agentsQuery, foundSessionsQuery, policyRulesQuery } from "../app/queries.ts";
import { useClient } from "../connection/use-connection.ts";
import { Icon } from "../design/icon.tsx";
import { SkeletonRows, Trouble } from "../design/screen-states.tsx";
import { Section } from "../design/section.tsx";
import { counted, repositoryName } from "../design/words.ts";
import { Explain } from "./explain.tsx";
import { holdsFor, originWords, paramLines } from "./sentences.ts";
import { TryIt } from "./try-it.tsx";

const reportDays = 30;

export function PoliciesScreen() {
  const client = useClient();
  const [repository, setRepository] = useState("");
  const [agent, setAgent] = useState("");
  const place = { ...(repository !== "" && { repository }), ...(agent !== "" && { agent }) };
  const { data, error, isPending, refetch } = useQuery({
    ...policyRulesQuery(client, place),
    placeholderData: keepPreviousData,
  });
  const { data: sessions = [] } = useQuery(foundSessionsQuery(client, {}));
  const { data: known } = useQuery(agentsQuery(client, repository === "" ? undefined : repository));
  const repositories = [...new Set(sessions.flatMap((one) => (one.repository ? [one.repository] : [])))];
  return (
    <Page title="Policies" isBusy={isPending}>
      <div className="flex flex-wrap items-end gap-3 py-3">
        <label className="min-w-0">
          <span className="mb-1 block text-12 text-text-2">In project</span>
          <select
            className="field max-w-[220px]"
            value={repository}
            onChange={({ target }) => setRepository(target.value)}
          >
            <option value="">any</option>
            {repositories.map((one) => (
              <option key={one} value={one}>
                {repositoryName(one)}
              </option>
            ))}
          </select>
        </label>
        <label className="min-w-0">
          <span className="mb-1 block text-12 text-text-2">For agent</span>
          <select
            className="field max-w-[220px]"
            value={agent}
            onChange={({ target }) => setAgent(target.value)}
          >
            <option value="">any</option>
            {(known?.agents ?? []).map(({ agent: { name } }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <p className="min-w-[220px] flex-1 text-12 text-text-3">
          The strictest rule wins. Write your own in <code>~/.config/tutti/policies</code> or a project’s{" "}
          <code>.tutti/policies</code>: see <code>docs/add-a-policy.md</code>.
        </p>
      </div>
      {error && <Trouble error={error} retry={() => void refetch()} />}
      {data && data.problems.length > 0 && (
        <div className="banner banner-error mb-2" role="alert">
          <Icon name="warning" size={14} className="text-stop" />
          <ul className="min-w-0 flex-1 [overflow-wrap:anywhere]">
            <li className="font-medium">No session begins until this is mended:</li>
            {data.problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </div>
      )}
      {data?.notes.map((note) => (
        <p key={note} className="py-1 text-12 text-text-2">
          {note}
        </p>
      ))}
      <Section title="Try it">
        <TryIt {...place} />
      </Section>
      <Section
        title="In force"
        aside={data && <span className="text-12 text-text-3">{data.rules.length}</span>}
      >
        {isPending && !error ? (
          <SkeletonRows rows={8} height={44} />
        ) : (
          <ul>
            {data?.rules.map((rule) => (
              <Rule key={`${rule.from} ${rule.name} ${rule.level}`} rule={rule} />
            ))}
          </ul>
        )}
      </Section>
      <Section title={`Only reporting, last ${reportDays} days`}>
        <Shadow />
      </Section>
      <Section title="Why was it decided so?">
        <Explain />
      </Section>
    </Page>
  );
}

function Rule({ rule }: { rule: PolicyInForce }) {
  const lines = paramLines(rule);
  const isFile = rule.from !== "built in";
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 border-b border-line py-2 last:border-0">
      <span className="font-medium [overflow-wrap:anywhere]">
        {rule.summary}
        {rule.shadow && <span className="ml-2 text-12 font-normal text-you">only reports</span>}
      </span>
      <span className="text-12 text-text-3">{originWords(rule)}</span>
      <span className="text-12 text-text-2 [overflow-wrap:anywhere]">
        <code>{rule.name}</code>, {holdsFor(rule)}
        {lines.map((line) => (
          <span key={line} className="block">
            {line}
          </span>
        ))}
        {isFile && <code className="block text-text-3">{rule.from}</code>}
      </span>
    </li>
  );
}

function Shadow() {
  const client = useClient();
  const [since] = useState(() => new Date(Date.now() - reportDays * 86_400_000).toISOString());
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["policy-shadow", since],
    queryFn: () => client.policyShadow(since),
    staleTime: 60_000,
  });
  if (error) return <Trouble error={error} retry={() => void refetch()} />;
  if (isPending) return <SkeletonRows rows={1} />;
  if (data.rules.length === 0)
    return (
      <p className="text-text-2">
        Nothing. A rule with <code>shadow: true</code> reports here what it would have done.
      </p>
    );
  return (
    <ul>
      {data.rules.map(({ policy, effect, count, sessions, examples }) => (
        <li key={`${policy} ${effect}`} className="border-b border-line py-2 last:border-0">
          <span className="font-medium">{policy}</span> would have {effect === "ask" ? "asked" : "denied"}{" "}
          {counted(count, "time")} in {counted(sessions, "session")}
          {examples.slice(0, 3).map(({ session, seq, what }) => (
            <code key={`${session} ${seq}`} className="cut block text-12 text-text-2" title={what}>
              {what}
            </code>
          ))}
        </li>
      ))}
    </ul>
  );
}
