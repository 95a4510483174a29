/** The machines: whether they are here, how they do, and which worktrees lie on them. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Host, LookAnswerOf, SeenWorktree } from "@tutti/core";
import { Page } from "../app/page.tsx";
import { hostsQuery, lookQuery } from "../app/queries.ts";
import { useClient } from "../connection/use-connection.ts";
import { Icon } from "../design/icon.tsx";
import { Mark } from "../design/mark.tsx";
import { Empty, SkeletonRows, Trouble } from "../design/screen-states.tsx";
import { Section } from "../design/section.tsx";
import { Age } from "../design/time.tsx";
import { counted, repositoryName } from "../design/words.ts";
import { bytesWords } from "./bytes.ts";

export function HostsScreen() {
  const { data: hosts, error, isPending, refetch } = useQuery(hostsQuery(useClient()));
  return (
    <Page title="Hosts" isBusy={isPending}>
      {error && <Trouble error={error} retry={() => void refetch()} />}
      {isPending && !error && <SkeletonRows rows={3} height={80} />}
      {hosts?.length === 0 && (
        <Empty title="No machine has joined">
          Run <code>tutti serve</code> on one: it joins by itself.
        </Empty>
      )}
      {hosts?.map((host) => (
        <Section
          key={host.id}
          title={host.name}
          aside={
            <span className="inline-flex items-center gap-2 text-12 text-text-2">
              <span className={host.connected ? "dot" : "dot dot-hollow"} />
              {host.connected ? "connected" : "not here"}
            </span>
          }
        >
          <Machine host={host} />
        </Section>
      ))}
      <p className="py-4 text-12 text-text-3">
        Browsers and phones that are signed in stand in{" "}
        <Link to="/settings" className="underline">
          Settings
        </Link>
        .
      </p>
    </Page>
  );
}

type Seen = LookAnswerOf<"machine.inspect">;

function Machine({ host: { id, connected, harnesses } }: { host: Host }) {
  const { data, error, isPending, refetch, dataUpdatedAt } = useQuery({
    ...lookQuery(useClient(), id, { type: "machine.inspect" }),
    enabled: connected,
    refetchInterval: connected ? 10_000 : false,
    retry: false,
  });
  return (
    <>
      <p className="mb-2 flex items-center gap-1">
        {harnesses.map((harness) => (
          <Mark key={harness.id} harness={harness.id} />
        ))}
      </p>
      {error && <Trouble error={error} retry={() => void refetch()} />}
      {connected && isPending && !error && <SkeletonRows rows={3} />}
      {!connected && (
        <p className="text-text-2">
          {data ? (
            <>
              As it was <Age at={new Date(dataUpdatedAt).toISOString()} /> ago:
            </>
          ) : (
            "Nothing is known of it until it is here again. Its sessions wait."
          )}
        </p>
      )}
      {data && (
        <div className={connected ? "" : "text-text-3"}>
          <Meters seen={data} />
          <p className="mt-3 flex items-start gap-2">
            <Icon
              name={data.confinement.possible ? "check" : "warning"}
              size={14}
              className={`mt-[3px] flex-none ${data.confinement.possible ? "text-pass" : "text-you"}`}
            />
            <span className="min-w-0 [overflow-wrap:anywhere]">
              {data.confinement.possible ? "Agents are confined here" : "Agents are not confined here"}
              {data.confinement.why !== "" && <span className="text-text-2">: {data.confinement.why}</span>}
            </span>
          </p>
          <Worktrees worktrees={data.worktrees} />
        </div>
      )}
    </>
  );
}

function Meters({ seen: { load, cores, memory, disk } }: { seen: Seen }) {
  return (
    <div className="grid gap-3 sm:grid-cols-3">
      <Meter
        title="Load"
        words={`${load.toFixed(1)} on ${counted(cores, "core")}`}
        share={Math.min(1, load / cores)}
      />
      <Meter
        title="Memory"
        words={`${bytesWords(memory.free)} of ${bytesWords(memory.total)} free`}
        share={1 - memory.free / memory.total}
      />
      <Meter
        title="Disk"
        words={`${bytesWords(disk.free)} of ${bytesWords(disk.total)} free`}
        share={1 - disk.free / disk.total}
      />
    </div>
  );
}

function Meter({ title, words, share }: { title: string; words: string; share: number }) {
  const percent = Math.round(100 * share);
  return (
    <div>
      <p className="flex justify-between gap-2 text-12">
        <span className="text-text-2">{title}</span>
        <span>{words}</span>
      </p>
      <span className="meter mt-1 !block !w-full" role="img" aria-label={`${percent} % used`}>
        <i style={{ width: `${percent}%` }} />
      </span>
    </div>
  );
}

function Worktrees({ worktrees }: { worktrees: readonly SeenWorktree[] }) {
  if (worktrees.length === 0) return <p className="mt-3 text-text-2">No worktree lies here.</p>;
  return (
    <>
      <h3 className="mt-4 mb-1 text-12 font-medium text-text-3">{counted(worktrees.length, "worktree")}</h3>
      <ul>
        {worktrees.map(({ path, repository, session, changedAt, uncommitted }) => (
          <li
            key={path}
            className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 border-b border-line py-2 last:border-0"
          >
            <span className="cut">
              {session === null ? (
                repositoryName(repository)
              ) : (
                <Link to="/s/$id" params={{ id: session }} search={{}} className="font-medium underline">
                  {repositoryName(repository)}
                </Link>
              )}
            </span>
            <Age at={changedAt} className="text-right text-12 text-text-3" />
            <code className="cut text-12 text-text-2" title={path}>
              {path}
            </code>
            <span className="text-right text-12 text-text-2">
              {uncommitted === null ? "unknown" : uncommitted === 0 ? "clean" : `${uncommitted} uncommitted`}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
