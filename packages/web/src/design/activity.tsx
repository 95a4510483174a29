/** What a session or an agent is doing: icon, word, colour. The same everywhere. */
import type { Activity } from "@tutti/core";
import { Icon, type IconName } from "./icon.tsx";

const looks = {
  starting: { word: "Starting", icon: "state-starting", colour: "text-text-3" },
  working: { word: "Working", icon: "state-working", colour: "text-work" },
  waiting: { word: "Waiting for you", icon: "state-waiting", colour: "text-you" },
  "waiting-for-child": { word: "Waiting for a child", icon: "state-child", colour: "text-text-2" },
  parked: { word: "Parked", icon: "state-parked", colour: "text-text-2" },
  idle: { word: "Idle", icon: "state-idle", colour: "text-text-3" },
  failed: { word: "Failed", icon: "state-failed", colour: "text-stop" },
  merged: { word: "Merged", icon: "state-merged", colour: "text-pass" },
  stopped: { word: "Stopped", icon: "state-stopped", colour: "text-text-3" },
} as const satisfies Record<Activity, { word: string; icon: IconName; colour: string }>;

export const activityWord = (activity: Activity): string => looks[activity].word;
export const activityColour = (activity: Activity): string => looks[activity].colour;

/** The icon alone; `label` says what it means where no word stands beside it. */
export function ActivityIcon({
  activity,
  size = 14,
  label,
}: {
  activity: Activity;
  size?: number;
  label?: string;
}) {
  const { icon, colour } = looks[activity];
  return <Icon name={icon} size={size} className={colour} {...(label !== undefined && { label })} />;
}

/** Icon and word, with what follows it: "Waiting for you, 4 min". */
export function ActivityLine({ activity, detail }: { activity: Activity; detail?: string }) {
  const { word, colour } = looks[activity];
  return (
    <span className={`inline-flex min-w-0 items-center gap-2 ${colour}`}>
      <ActivityIcon activity={activity} />
      <span className="cut">{detail ? `${word}, ${detail}` : word}</span>
    </span>
  );
}
