/** Beside the timeline: the team, what it cost, what it works on, and where else it can be opened. */

import { useQuery } from "@tanstack/react-query";
import { dollars, type SessionState } from "@tutti/core";
import { hostsQuery } from "../app/queries.ts";
import { useClient } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { copyText } from "../design/copy-text.ts";
import { Icon } from "../design/icon.tsx";
import { LineCounts } from "../items/line-counts.tsx";
import { lineCounts } from "./people.ts";
import { limitOf, spent } from "./team.ts";
import { TeamTree, type TeamTreeProps } from "./team-tree.tsx";
import { workOf } from "./work.ts";

export interface FactsProps extends TeamTreeProps {
  task: string | undefined;
}

/** @param isBare the pane's own title stands elsewhere */
export function Facts({ isBare = false, ...props }: FactsProps & { isBare?: boolean }) {
  const { root, children, task } = props;
  return (
    <>
      {!isBare && (
        <div className="bar">
          <h2 className="font-semibold">Team</h2>
        </div>
      )}
      <div className="scroll">
        <section className="facts-section" aria-label="Team">
          <TeamTree {...props} />
        </section>
        <CostFacts root={root} family={children} />
        <WorkFacts root={root} task={task} />
        <OpenIn root={root} />
      </div>
    </>
  );
}

function CostFacts({ root, family }: { root: SessionState; family: readonly SessionState[] }) {
  const { plan, paid, hasUnknown } = spent([root, ...family]);
  const limit = limitOf(root);
  const counted = paid.usd + (limit?.countsPlans ? plan.usd : 0);
  const share = (usd: number) => `${Math.min(100, (100 * usd) / (limit?.usd || 1))}%`;
  return (
    <section className="facts-section">
      <h2>
        Cost
        {limit && (
          <span>
            {dollars(counted)} of {dollars(limit.usd)}
          </span>
        )}
      </h2>
      <div className="grid grid-cols-[1fr_auto] gap-y-1 [&>:nth-child(even)]:text-right">
        {plan.calls && (
          <>
            <span>On your plans</span>
            <span>about {dollars(plan.usd)}</span>
          </>
        )}
        <span>Paid by use</span>
        <span>{dollars(paid.usd)}</span>
        {hasUnknown && (
          <>
            <span>Some models</span>
            <span className="text-text-2">price unknown</span>
          </>
        )}
        {limit && (
          <span
            className="spent-bar"
            role="img"
            aria-label={`${Math.round((100 * counted) / limit.usd)} % of the limit`}
          >
            <i style={{ width: limit.countsPlans ? share(plan.usd) : 0 }} />
            <i style={{ width: share(paid.usd) }} />
          </span>
        )}
      </div>
    </section>
  );
}

function WorkFacts({ root, task }: { root: SessionState; task: string | undefined }) {
  const { branch, folder, candidate, target } = workOf(root, task);
  if (branch === undefined && folder === undefined) return null;
  return (
    <section className="facts-section">
      <h2>Work</h2>
      <dl className="facts">
        {branch !== undefined && (
          <>
            <dt>Branch</dt>
            <dd className="cut" title={branch}>
              <code>{branch}</code>
            </dd>
          </>
        )}
        {target !== undefined && (
          <>
            <dt>Goes into</dt>
            <dd className="cut">
              <code>{target}</code>
            </dd>
          </>
        )}
        {folder !== undefined && (
          <>
            <dt>{branch === undefined ? "Folder" : "Worktree"}</dt>
            <dd>
              <MiddleCut text={folder} />
            </dd>
          </>
        )}
        {candidate && (
          <>
            <dt>Changes</dt>
            <dd>
              <LineCounts files={candidate.files.length} {...lineCounts(candidate.files)} />
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

/** A path cut in its middle: where it begins and its last part stay. */
function MiddleCut({ text }: { text: string }) {
  const at = text.lastIndexOf("/");
  return (
    <code className="flex min-w-0" title={text}>
      <span className="cut">{text.slice(0, at)}</span>
      <span className="max-w-[75%] flex-none overflow-hidden text-ellipsis whitespace-nowrap">
        {text.slice(at)}
      </span>
    </code>
  );
}

function OpenIn({ root: { id, spec } }: { root: SessionState }) {
  const { data: hosts = [] } = useQuery(hostsQuery(useClient()));
  const host = hosts.find((one) => one.id === spec.host)?.name ?? spec.host;
  const command = `tutti attach ${id}`;
  return (
    <section className="facts-section">
      <h2>Open in</h2>
      <ul className="grid gap-[2px]">
        <li className="flex min-h-6 items-center gap-2">
          <Icon name="terminal" className="text-text-3" />
          <span className="cut min-w-0 flex-1" title={command}>
            Terminal on {host}
          </span>
          <Button
            look="ghost"
            size="small"
            title={command}
            className="!-mr-2"
            onClick={() => copyText(command, "Command copied")}
          >
            Copy command
          </Button>
        </li>
        <li className="flex min-h-6 items-center gap-2">
          <Icon name="host" className="text-text-3" />
          <span className="flex-1">This browser</span>
          <span className="text-12 text-text-3">now</span>
        </li>
        <li className="flex min-h-6 items-center gap-2">
          <Icon name="phone" className="text-text-3" />
          <span className="flex-1">Phone</span>
          <Button
            look="ghost"
            size="small"
            className="!-mr-2"
            onClick={() => copyText(globalThis.location.href, "Link copied")}
          >
            Copy link
          </Button>
        </li>
      </ul>
    </section>
  );
}
