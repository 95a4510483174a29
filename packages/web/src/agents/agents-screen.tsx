import "./agents.css";
/** The agent files, and what every machine has to play them with. */
import { useQuery } from "@tanstack/react-query";
import type { Agent, Host, SeenHarness } from "@tutti/core";
import { Page } from "../app/page.tsx";
import { agentsQuery, hostsQuery, lookQuery } from "../app/queries.ts";
import { useClient } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { copyText } from "../design/copy-text.ts";
import { Icon } from "../design/icon.tsx";
import { Mark } from "../design/mark.tsx";
import { SkeletonRows, Trouble } from "../design/screen-states.tsx";
import { Section } from "../design/section.tsx";

export function AgentsScreen() {
  const client = useClient();
  const { data, error, isPending: isReading, refetch } = useQuery(agentsQuery(client));
  const { data: hosts = [], isPending: isAsking } = useQuery(hostsQuery(client));
  // Agents are told of by what machines say of their programs.
  const isPending = isReading || isAsking;
  return (
    <Page title="Agents" isBusy={isPending}>
      {error && <Trouble error={error} retry={() => void refetch()} />}
      {data?.problems.map(({ file, message }) => (
        <div key={file} className="banner banner-error my-2" role="alert">
          <Icon name="warning" size={14} className="text-stop" />
          <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
            <code>{file}</code>: {message}
          </span>
        </div>
      ))}
      {isPending && !error && <SkeletonRows rows={4} height={60} />}
      {!isPending &&
        data?.agents.map(({ agent, file }) => (
          <Section key={file} title={agent.name}>
            <AgentFacts agent={agent} file={file} />
          </Section>
        ))}
      {hosts.map((host) => (
        <Section key={host.id} title={`On ${host.name}`}>
          <Programs host={host} />
        </Section>
      ))}
    </Page>
  );
}

function AgentFacts({ agent, file }: { agent: Agent; file: string }) {
  const { description, orchestration, roles, limits, policies, confinement, providers } = agent;
  const names = Object.keys(providers);
  return (
    <>
      {description !== "" && <p className="mb-2">{description}</p>}
      <dl className="facts agent-facts">
        <dt>Plays</dt>
        <dd>
          <code>{orchestration}</code>
        </dd>
        {Object.entries(roles).map(([role, roster]) => (
          <Roster key={role} role={role} roster={roster} />
        ))}
        <dt>Limits</dt>
        <dd>
          {limits.rounds} fix rounds, {limits.parallel} tasks at once, {limits.checkSeconds} s a check
        </dd>
        {names.length > 0 && (
          <>
            <dt>Models from</dt>
            <dd>{names.map((name) => `${name} (${providers[name]?.baseUrl})`).join(", ")}</dd>
          </>
        )}
        {policies.length > 0 && (
          <>
            <dt>Own rules</dt>
            <dd>{policies.map(({ name }) => name).join(", ")}</dd>
          </>
        )}
        <dt>Confinement</dt>
        <dd>{confinement ?? "preferred"}</dd>
        <dt>File</dt>
        <dd className="[overflow-wrap:anywhere]">
          <code>{file}</code>
        </dd>
      </dl>
    </>
  );
}

function Roster({ role, roster }: { role: string; roster: Agent["roles"][string] }) {
  return (
    <>
      <dt className="capitalize">{role}</dt>
      <dd>
        <ol className="flex flex-wrap gap-x-4 gap-y-1">
          {roster.map(({ harness, model, effort, provider }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a roster's places have no other name
            <li key={at} className="inline-flex items-center gap-2">
              <Mark harness={harness} />
              <span className="text-12 text-text-2">
                {[model, effort, provider && `by ${provider}`].filter(Boolean).join(", ") || "its own model"}
              </span>
            </li>
          ))}
        </ol>
      </dd>
    </>
  );
}

function Programs({ host: { id, connected } }: { host: Host }) {
  const { data, error, isPending, refetch } = useQuery({
    ...lookQuery(useClient(), id, { type: "machine.inspect" }),
    enabled: connected,
    retry: false,
  });
  if (!connected) return <p className="text-text-2">This machine is not here.</p>;
  if (error) return <Trouble error={error} retry={() => void refetch()} />;
  if (isPending) return <SkeletonRows rows={3} height={44} />;
  return (
    <ul>
      {data.harnesses.map((harness) => (
        <Program key={harness.id} harness={harness} />
      ))}
    </ul>
  );
}

function Program({ harness }: { harness: SeenHarness }) {
  const { id, title, vendor, installation, login, install, logIn, steer } = harness;
  return (
    <li className="flex items-center gap-3 border-b border-line py-2 last:border-0">
      <Mark harness={id} beside />
      <span className="min-w-0 flex-1">
        <span className="font-medium">{title}</span>{" "}
        <span className="text-12 text-text-3">{vendor ?? "models of many vendors"}</span>
        <span className="cut block text-12 text-text-2" title={installation?.path}>
          {installation ? `Version ${installation.version}` : "Not installed"}
          {installation && (login === null ? "" : login.found ? ", signed in" : ", not signed in")}
          {steer ? ", takes words while it works" : ""}
        </span>
      </span>
      {!installation ? (
        <Copy command={install} />
      ) : login !== null && !login.found ? (
        <Copy command={logIn} />
      ) : (
        <Icon name="check" size={14} label="Ready" className="text-pass" />
      )}
    </li>
  );
}

const Copy = ({ command }: { command: string }) => (
  <span className="flex min-w-0 items-center gap-2">
    <code className="cut max-w-[240px] text-12" title={command}>
      {command}
    </code>
    <Button size="small" onClick={() => copyText(command, "Command copied")}>
      Copy
    </Button>
  </span>
);
