/** The session's header: where and what it is, what it does, and what can be done with it. */
import { Link } from "@tanstack/react-router";
import { type Activity, activityOf, type SessionState } from "@tutti/core";
import { DropdownMenu } from "radix-ui";
import { useHarnesses } from "../app/harnesses.ts";
import { useWidth } from "../app/viewport.ts";
import { useIsConnected } from "../connection/use-connection.ts";
import { ActivityLine } from "../design/activity.tsx";
import { Button, Key } from "../design/button.tsx";
import { copyText } from "../design/copy-text.ts";
import { Icon } from "../design/icon.tsx";
import { repositoryName } from "../design/words.ts";
import { harnessOf } from "./people.ts";

export interface SessionBarProps {
  root: SessionState;
  children: readonly SessionState[];
  repository: string | null;
  onStop(): void;
  onArchive(): void;
  onTeam(): void;
}

export function SessionBar({ root, children, repository, onStop, onArchive, onTeam }: SessionBarProps) {
  const width = useWidth();
  const { id } = root;
  const isBusy = busySessions(root, children).length > 0;
  const isConnected = useIsConnected();
  const isPhone = width === "phone";
  return (
    <div className="bar">
      {isPhone ? (
        <Link to="/s" className="btn btn-ghost btn-icon !-ml-3" aria-label="Sessions">
          <Icon name="back" size={20} />
        </Link>
      ) : (
        <>
          <span className="cut !flex-[0_1_auto] text-text-3" title={repository ?? undefined}>
            {repositoryName(repository)}
          </span>
          <span className="text-text-3" aria-hidden="true">
            /
          </span>
        </>
      )}
      <h1 className="!min-w-[64px] !shrink-20" title={root.spec.title}>
        {root.spec.title}
      </h1>
      {!isPhone && (
        <span
          className={
            width === "full"
              ? "ml-2 flex !flex-none"
              : "ml-2 flex !flex-[0_10_auto] min-w-[14px] overflow-hidden"
          }
        >
          <FamilyActivity root={root} family={children} />
        </span>
      )}
      <span className="gap" />
      {!isPhone && isBusy && (
        <Button
          look="ghost"
          disabled={!isConnected}
          title={isConnected ? "P" : "No connection"}
          onClick={onStop}
        >
          <Icon name="stop" size={14} />
          Stop…
        </Button>
      )}
      {!isPhone && (
        <>
          <Link
            to="/s/$id/terminal"
            params={{ id }}
            className="btn"
            {...(width !== "full" && { "aria-label": "Open in terminal" })}
          >
            {width === "full" ? (
              <>
                Open in terminal <Key>T</Key>
              </>
            ) : (
              <Icon name="terminal" />
            )}
          </Link>
          <Link to="/s/$id/changes" params={{ id }} className="btn">
            View changes
            <Key>V</Key>
          </Link>
        </>
      )}
      {width !== "full" && (
        <Button look="ghost" icon aria-label="Team and facts" onClick={onTeam}>
          <Icon name="agents" />
        </Button>
      )}
      <More root={root} isBusy={isBusy} onStop={onStop} onArchive={onArchive} />
    </div>
  );
}

/** What the whole family does: what waits for the person stands before everything. */
function FamilyActivity({ root, family }: { root: SessionState; family: readonly SessionState[] }) {
  const harnesses = useHarnesses();
  const { activity, at } = familyActivity(root, family);
  const busy = at === root ? family.find(({ turn }) => turn !== null) : at;
  const harness = harnessOf(busy);
  const detail = activity === "waiting-for-child" && harness ? harnesses(harness).title : undefined;
  if (activity === "waiting-for-child" && detail !== undefined)
    return (
      <span className="inline-flex min-w-0 items-center gap-[6px] text-text-2">
        <Icon name="state-child" size={14} />
        <span className="cut">Waiting for {detail}</span>
      </span>
    );
  return <ActivityLine activity={activity} />;
}

export function familyActivity(
  root: SessionState,
  children: readonly SessionState[],
): { activity: Activity; at: SessionState } {
  const asking = [root, ...children].find((one) => activityOf(one).activity === "waiting");
  return asking ? { activity: "waiting", at: asking } : { activity: activityOf(root).activity, at: root };
}

/** The sessions whose turn is open. */
export const busySessions = (root: SessionState, children: readonly SessionState[]): string[] =>
  [root, ...children].filter(({ turn }) => turn !== null).map(({ id }) => id);

function More({
  root: { id, closed },
  isBusy,
  onStop,
  onArchive,
}: {
  root: SessionState;
  isBusy: boolean;
  onStop(): void;
  onArchive(): void;
}) {
  const isConnected = useIsConnected();
  const isPhone = useWidth() === "phone";
  const places = [
    ...(isPhone
      ? ([
          ["/s/$id/changes", "View changes", "V", "review"],
          ["/s/$id/terminal", "Open in terminal", "T", "terminal"],
        ] as const)
      : []),
    ["/s/$id/files", "Files", "F", "folder"],
  ] as const;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button look="ghost" icon aria-label="More" className="!-mr-2">
          <Icon name="more" />
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
          {places.map(([to, title, key, icon]) => (
            <DropdownMenu.Item key={to} asChild>
              <Link to={to} params={{ id }} className="menu-item">
                <Icon name={icon} size={14} />
                <span className="flex-1">{title}</span>
                <Key>{key}</Key>
              </Link>
            </DropdownMenu.Item>
          ))}
          {isPhone && isBusy && (
            <DropdownMenu.Item className="menu-item" disabled={!isConnected} onSelect={onStop}>
              <Icon name="stop" size={14} />
              Stop…
            </DropdownMenu.Item>
          )}
          <DropdownMenu.Item className="menu-item" onSelect={() => copyText(id, "Id copied")}>
            <Icon name="copy" size={14} />
            Copy the id
          </DropdownMenu.Item>
          <DropdownMenu.Item
            className="menu-item"
            onSelect={() => copyText(`tutti attach ${id}`, "Command copied")}
          >
            <Icon name="terminal" size={14} />
            Copy <code>tutti attach</code>
          </DropdownMenu.Item>
          <DropdownMenu.Item
            className="menu-item"
            disabled={!isConnected || isBusy || closed !== null}
            onSelect={onArchive}
          >
            <Icon name="folder" size={14} />
            <span className="flex-1">{closed === null ? "Archive" : "Archived"}</span>
            {isBusy && <span className="text-12 text-text-3">stop it first</span>}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
