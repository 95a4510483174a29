/** A session: what was done, who does what now, and a box to speak into. */
import "./session.css";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { activityOf, namedRepositoryOf, pendingApprovals, type SessionState } from "@tutti/core";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useWidth } from "../app/viewport.ts";
import type { FamilyView } from "../connection/family.ts";
import { useIsConnected, useShownFamily } from "../connection/use-connection.ts";
import { activityWord } from "../design/activity.tsx";
import { announce } from "../design/announce.tsx";
import { Dialog } from "../design/dialog.tsx";
import { SkeletonRows, Trouble } from "../design/screen-states.tsx";
import { useKeys } from "../keys/keys.ts";
import { Composer, type ComposerHandle } from "./composer/composer.tsx";
import { Facts } from "./facts-pane.tsx";
import { score } from "./score.ts";
import { ScoreView } from "./score-view.tsx";
import { busySessions, familyActivity, SessionBar } from "./session-bar.tsx";
import { openStop, StopDialog } from "./stop-dialog.tsx";
import { teamOf } from "./team.ts";
import { type TimelineHandle, TimelineView } from "./timeline-view.tsx";
import { useRootLog } from "./use-root-log.ts";
import { useSend } from "./use-send.ts";
import { likelyTask } from "./work.ts";

export function SessionScreen() {
  const { state, loadEarlier, reload } = useShownFamily();
  if (state.status === "live") return <LiveSession view={state.view} loadEarlier={loadEarlier} />;
  return (
    <section className="pane" aria-label="Session" aria-busy={state.status === "loading"}>
      <div className="bar">
        <h1>Session</h1>
      </div>
      {state.status === "failed" ? (
        <Trouble error={state.error} retry={reload} />
      ) : (
        <SkeletonRows rows={10} />
      )}
    </section>
  );
}

function LiveSession({ view, loadEarlier }: { view: FamilyView; loadEarlier(): Promise<void> }) {
  const { root, children } = view;
  const { agent } = useSearch({ from: "/s/$id/" });
  const navigate = useNavigate({ from: "/s/$id" });
  const isFull = useWidth() === "full";
  const isConnected = useIsConnected();
  const [isTeamOpen, setTeamOpen] = useState(false);
  const [chosenTask, setTask] = useState<string>();
  const timeline = useRef<TimelineHandle>(null);
  const composer = useRef<ComposerHandle>(null);
  const { send, trouble } = useSend();
  useAnnouncements(root, children);

  const task = chosenTask !== undefined && chosenTask in root.tasks ? chosenTask : likelyTask(root);
  const show = useCallback(
    (id: string | undefined) =>
      void navigate({ search: id === undefined ? {} : { agent: id }, replace: true }),
    [navigate],
  );
  // A reviewer is one agent of several sessions.
  const shownSessions = useMemo(() => {
    if (agent === undefined) return undefined;
    const member = teamOf(children, 0).find(({ sessions }) => sessions.some(({ id }) => id === agent));
    return new Set(member ? member.sessions.map(({ id }) => id) : [agent]);
  }, [agent, children]);

  const stop = () => openStop(busySessions(root, children));
  const archive = () =>
    void send(root.id, { type: "session.close" as const, reason: "put away by a person" }).then((done) => {
      if (!done) return;
      announce("Archived");
      void navigate({ to: "/s" });
    });
  const to = (place: "/s/$id/changes" | "/s/$id/files" | "/s/$id/terminal") => () =>
    void navigate({ to: place, params: { id: root.id } });
  useKeys({
    r: () => composer.current?.focus() ?? false,
    p: () => (isConnected && busySessions(root, children).length > 0 ? stop() : false),
    v: to("/s/$id/changes"),
    f: to("/s/$id/files"),
    t: to("/s/$id/terminal"),
    [escapeKey]: () => (agent === undefined ? false : show(undefined)),
  });

  const facts = { root, children, task, shown: agent, onShow: show };
  return (
    <div className={isFull ? "session" : "session session-narrow"}>
      <section className="pane" aria-label="Session">
        <SessionBar
          {...{ root, children }}
          repository={namedRepositoryOf(root)}
          onStop={stop}
          onArchive={archive}
          onTeam={() => setTeamOpen(true)}
        />
        {trouble !== undefined && <Trouble error={new Error(trouble)} />}
        {task !== undefined && (
          <Stages view={view} task={task} onTask={setTask} onShow={(at) => timeline.current?.show(at)} />
        )}
        {agent !== undefined && <Filtered view={view} agent={agent} onAll={() => show(undefined)} />}
        <TimelineView key={root.id} {...{ view, loadEarlier }} sessions={shownSessions} handle={timeline} />
        <Composer key={`say-${root.id}`} {...{ root, children, shown: agent }} handle={composer} />
      </section>
      {isFull && (
        <aside className="pane session-facts" aria-label="Team and facts">
          <Facts {...facts} />
        </aside>
      )}
      {!isFull && isTeamOpen && (
        <Dialog title="Team" className="facts-sheet" onClose={() => setTeamOpen(false)}>
          <Facts
            {...facts}
            isBare
            onShow={(id) => {
              show(id);
              setTeamOpen(false);
            }}
          />
        </Dialog>
      )}
      <StopDialog />
    </div>
  );
}

const escapeKey = "Escape";
const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";

/** The stages of one task; where there are several tasks, of the one that is picked. */
function Stages({
  view,
  task,
  onTask,
  onShow,
}: {
  view: FamilyView;
  task: string;
  onTask(task: string): void;
  onShow(position: number): void;
}) {
  const { root, children } = view;
  const log = useRootLog(view);
  const isPreapproved = root.spec.preapproved.includes("merge");
  const stages = useMemo(() => score(log, task, { isPreapproved }), [log, task, isPreapproved]);
  const tasks = Object.values(root.tasks);
  return (
    <>
      {tasks.length > 1 && (
        <div className="score-tasks">
          <label>
            <span className="sr">Task</span>
            <select value={task} onChange={({ target }) => onTask(target.value)}>
              {tasks.map(({ spec, outcome }, at) => (
                <option key={spec.id} value={spec.id}>
                  {`${at + 1} of ${tasks.length}: ${firstLine(spec.text)}${outcome === null ? "" : `, ${outcome}`}`}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      <ScoreView
        stages={stages}
        session={(id) => (id === root.id ? root : children.find((child) => child.id === id))}
        onShow={onShow}
      />
    </>
  );
}

function Filtered({ view, agent, onAll }: { view: FamilyView; agent: string; onAll(): void }) {
  const known = view.children.some(({ id }) => id === agent) || agent === view.root.id;
  return (
    <p className="session-filter">
      <span className="cut flex-1">
        {known ? "Only what one agent did is shown." : "No agent of this session has this address."}
      </span>
      <button type="button" className="btn btn-ghost btn-small" onClick={onAll}>
        Show everything
      </button>
    </p>
  );
}

/** Says how the session stands when that changes; that it waits for the person, at once. */
function useAnnouncements(root: SessionState, children: readonly SessionState[]): void {
  const { activity } = familyActivity(root, children);
  const questions = [root, ...children].flatMap(pendingApprovals).length;
  const before = useRef({ id: root.id, activity, questions });
  useEffect(() => {
    const last = before.current;
    before.current = { id: root.id, activity, questions };
    if (last.id !== root.id) return;
    if (questions > last.questions) announce(`${root.spec.title} asks you something`, "assertive");
    else if (activity !== last.activity)
      announce(`${root.spec.title}: ${activityWord(activityOf(root).activity)}`);
  }, [root, activity, questions]);
}
