/** A shell of the person's in the session's worktree, and what the agent does there meanwhile. */
import "./terminal.css";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { SessionState } from "@tutti/core";
import { useRef, useState } from "react";
import { useHarnesses } from "../app/harnesses.ts";
import { useWidth } from "../app/viewport.ts";
import { useIsConnected, useShownFamily } from "../connection/use-connection.ts";
import { ActivityIcon } from "../design/activity.tsx";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { Empty, SkeletonRows, Trouble } from "../design/screen-states.tsx";
import { FolderPicker } from "../files/folder-picker.tsx";
import { foldersOf, type WorkFolder } from "../files/folders.ts";
import { openStop, StopDialog } from "../session/stop-dialog.tsx";
import { type TerminalHandle, TerminalView } from "./terminal-view.tsx";

const readOutKey = "tutti.terminal.read-out";

export function TerminalScreen() {
  const { state, reload } = useShownFamily();
  const { in: key } = useSearch({ from: "/s/$id/terminal" });
  if (state.status !== "live")
    return (
      <section className="pane" aria-label="Terminal" aria-busy={state.status === "loading"}>
        <div className="bar">
          <h1>Terminal</h1>
        </div>
        {state.status === "failed" ? (
          <Trouble error={state.error} retry={reload} />
        ) : (
          <SkeletonRows rows={4} />
        )}
      </section>
    );
  const { root, children } = state.view;
  const folders = foldersOf(root, children);
  const folder = folders.find((one) => one.key === key) ?? folders[0];
  if (!folder)
    return (
      <section className="pane" aria-label="Terminal">
        <div className="bar">
          <h1>{root.spec.title}</h1>
        </div>
        <Empty title="No folder yet">When its worktree is made, a shell can be opened in it.</Empty>
      </section>
    );
  return <InFolder {...{ root, children, folders, folder }} />;
}

function InFolder({
  root,
  children,
  folders,
  folder,
}: {
  root: SessionState;
  children: readonly SessionState[];
  folders: readonly WorkFolder[];
  folder: WorkFolder;
}) {
  const { id } = root;
  const navigate = useNavigate({ from: "/s/$id/terminal" });
  const isPhone = useWidth() === "phone";
  const terminal = useRef<TerminalHandle>(null);
  const [isReadOut, setReadOut] = useState(() => localStorage.getItem(readOutKey) === "on");
  const agent = [root, ...children].find((one) => one.id === folder.agent);
  return (
    <section className="pane" aria-label="Terminal">
      <div className="bar">
        <Link
          to="/s/$id"
          params={{ id }}
          search={{}}
          className="btn btn-ghost btn-icon !-ml-3"
          aria-label="The session"
        >
          <Icon name="back" size={isPhone ? 20 : 16} />
        </Link>
        <h1 title={root.spec.title}>{isPhone ? "Terminal" : root.spec.title}</h1>
        <FolderPicker
          {...{ folders, folder }}
          onPick={(to) => void navigate({ search: { in: to }, replace: true })}
        />
        <span className="gap" />
        {!isPhone && (
          <code className="cut !shrink text-12 text-text-3" title={folder.path}>
            {folder.path}
          </code>
        )}
        <Link
          to="/s/$id/files"
          params={{ id }}
          search={{ in: folder.key }}
          className="btn"
          aria-label="Files"
        >
          <Icon name="folder" />
          {!isPhone && "Files"}
        </Link>
      </div>
      <TakeOver {...{ root, folder, agent }} />
      <TerminalView
        key={folder.path}
        host={root.spec.host}
        folder={folder.path}
        isReadOut={isReadOut}
        handle={terminal}
      />
      {isPhone && <ExtraKeys onKeys={(keys) => terminal.current?.type(keys)} />}
      <div className="terminal-foot">
        <span className="flex-1">
          It runs with your rights, not confined.
          {!isPhone && " Ctrl Shift Esc leaves it, Ctrl Shift C copies, Ctrl Shift V pastes."}
        </span>
        <label className="flex flex-none items-center gap-2">
          <input
            type="checkbox"
            checked={isReadOut}
            onChange={({ target }) => {
              localStorage.setItem(readOutKey, target.checked ? "on" : "off");
              setReadOut(target.checked);
            }}
          />
          Read it out
        </label>
      </div>
      <StopDialog />
    </section>
  );
}

/** What the agent does in this folder, how a person has it to themselves, and what becomes of what they leave there. */
function TakeOver({
  root,
  folder,
  agent,
}: {
  root: SessionState;
  folder: WorkFolder;
  agent: SessionState | undefined;
}) {
  const harnesses = useHarnesses();
  const isConnected = useIsConnected();
  if (!agent) return null;
  const harness = agent.spec.harness?.harness;
  const title = harness === undefined ? "The agent" : harnesses(harness).title;
  const isBusy = agent.turn !== null;
  const isOver = root.closed !== null || agent.closed !== null;
  if (isOver) return null;
  return (
    <div className="take-over">
      <ActivityIcon activity={isBusy ? "working" : "idle"} />
      <span className="min-w-0 flex-1">
        {isBusy ? `${title} works in this folder. ` : `${title} is not at work here. `}
        {folder.kind === "worktree" &&
          "What you leave in the worktree becomes part of the change when it is taken next."}
      </span>
      {isBusy ? (
        <Button
          size="small"
          disabled={!isConnected}
          title={isConnected ? undefined : "No connection"}
          onClick={() => openStop([agent.id])}
        >
          Stop {title}…
        </Button>
      ) : (
        <Link
          to="/s/$id"
          params={{ id: root.id }}
          search={root.id === agent.id ? {} : { agent: agent.id }}
          className="btn btn-small"
        >
          Hand back…
        </Link>
      )}
    </div>
  );
}

const extraKeys = [
  ["Esc", "\u001b"],
  ["Tab", "\t"],
  ["Ctrl C", "\u0003"],
  ["Ctrl D", "\u0004"],
  ["←", "\u001b[D"],
  ["↑", "\u001b[A"],
  ["↓", "\u001b[B"],
  ["→", "\u001b[C"],
] as const;
const spoken: Record<string, string> = { "←": "Left", "↑": "Up", "↓": "Down", "→": "Right" };

/** Keys that a phone's keyboard lacks. */
function ExtraKeys({ onKeys }: { onKeys(keys: string): void }) {
  return (
    <div className="terminal-keys" role="toolbar" aria-label="Keys">
      {extraKeys.map(([name, keys]) => (
        <button
          key={name}
          type="button"
          aria-label={spoken[name] ?? name}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onKeys(keys)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
