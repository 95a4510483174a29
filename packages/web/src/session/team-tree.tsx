/** The team as a tree: the lead, its agents, what these sent out. A press shows only that agent; arrows move. */
import type { Activity, SessionState } from "@tutti/core";
import { type KeyboardEvent, useRef, useState } from "react";
import { useHarnesses } from "../app/harnesses.ts";
import { ActivityIcon, activityColour, activityWord } from "../design/activity.tsx";
import { LeadMark, Mark } from "../design/mark.tsx";
import { useNow } from "../design/time.tsx";
import { cost } from "../design/words.ts";
import { harnessOf, roleWord } from "./people.ts";
import { type Member, memberOf, teamOf } from "./team.ts";

export interface TeamTreeProps {
  root: SessionState;
  children: readonly SessionState[];
  /** The agent that alone is shown. */
  shown: string | undefined;
  onShow(agent: string | undefined): void;
}

export function TeamTree({ root, children, shown, onShow }: TeamTreeProps) {
  const now = useNow(5_000);
  const members = teamOf(children, now);
  const lead = memberOf(root, [root], now);
  const tree = useRef<HTMLUListElement>(null);
  const [current, setCurrent] = useState(root.id);
  const ids = [root.id, ...members.map(({ id }) => id)];
  const focused = ids.includes(current) ? current : root.id;

  const onKeyDown = (event: KeyboardEvent) => {
    const at = ids.indexOf(focused);
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      ArrowLeft: 0,
      ArrowRight: at === 0 ? 1 : at,
      Home: 0,
      End: ids.length - 1,
    };
    const to = steps[event.key];
    if (event.key === "Enter" || event.key === " ") onShow(focused === root.id ? undefined : focused);
    else if (to === undefined) return;
    else {
      const id = ids[Math.min(Math.max(to, 0), ids.length - 1)] ?? root.id;
      setCurrent(id);
      tree.current?.querySelector<HTMLElement>(`[data-member="${id}"]`)?.focus();
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const item = (member: Member, more?: { leads: boolean }) => ({
    member,
    isShown: more?.leads ? shown === undefined : member.sessions.some(({ id }) => id === shown),
    isFocusable: member.id === focused,
    onPick: () => {
      setCurrent(member.id);
      onShow(more?.leads || shown === member.id ? undefined : member.id);
    },
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a tree of list items
    <ul ref={tree} className="team" role="tree" aria-label="Team" onKeyDown={onKeyDown}>
      <Node {...item(lead, { leads: true })} waitsFor={busyTitle(children)}>
        {members.length > 0 && (
          <ul role="group">
            {members.map((member) => (
              <Node key={member.id} {...item(member)} />
            ))}
          </ul>
        )}
      </Node>
    </ul>
  );
}

/** The harness of the agent that works. */
const busyTitle = (children: readonly SessionState[]): string | undefined =>
  harnessOf(children.find(({ turn }) => turn !== null));

function Node({
  member,
  isShown,
  isFocusable,
  onPick,
  waitsFor,
  children,
}: {
  member: Member;
  isShown: boolean;
  isFocusable: boolean;
  onPick(): void;
  waitsFor?: string | undefined;
  children?: React.ReactNode;
}) {
  const harnesses = useHarnesses();
  const { state, activity, detail, subagents } = member;
  const harness = harnessOf(state);
  const role = roleWord(state);
  const title = harness === undefined ? "Lead" : harnesses(harness).title;
  const model = state.harness?.model ?? state.spec.harness?.model;
  const effort = state.spec.harness?.effort;
  const tip = [model, effort].filter(Boolean).join(", ");
  const more = harness === undefined && waitsFor !== undefined ? harnesses(waitsFor).title : undefined;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree takes the keys
    <li
      role="treeitem"
      aria-selected={isShown}
      {...(children !== undefined && { "aria-expanded": true })}
      tabIndex={isFocusable ? 0 : -1}
      data-member={member.id}
      onClick={(event) => {
        event.stopPropagation();
        onPick();
      }}
    >
      <div className="team-row" title={tip || undefined}>
        {harness === undefined ? <LeadMark /> : <Mark harness={harness} beside />}
        <div className="min-w-0">
          <span className="cut block font-medium">
            {title}
            {role !== undefined && `, ${role}`}
          </span>
          <StateWords activity={activity} detail={detail} waitsFor={more} />
          {subagents.map(({ id, title: words }) => (
            <span key={id} className="team-state text-text-2">
              <ActivityIcon activity="working" size={12} />
              <span className="cut">Sub-agent: {words}</span>
            </span>
          ))}
        </div>
        <span className="text-12 text-text-2">{member.sessions.some(hasUsage) ? cost(member.cost) : ""}</span>
      </div>
      {children}
    </li>
  );
}

const hasUsage = ({ usage }: SessionState): boolean => usage.length > 0;

function StateWords({
  activity,
  detail,
  waitsFor,
}: {
  activity: Activity;
  detail: string | undefined;
  waitsFor: string | undefined;
}) {
  const colour = activity === "idle" || activity === "stopped" ? "text-text-2" : activityColour(activity);
  const word = activityWord(activity);
  const words =
    activity === "waiting-for-child" && waitsFor !== undefined
      ? `Waiting for ${waitsFor}`
      : detail === undefined
        ? word
        : detail.startsWith("since")
          ? `${word} ${detail}`
          : `${word}, ${detail}`;
  return (
    <span className={`team-state ${colour}`}>
      <ActivityIcon activity={activity} size={12} />
      <span className="cut" title={words}>
        {words}
      </span>
    </span>
  );
}
