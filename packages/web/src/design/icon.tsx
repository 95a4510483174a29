/** The icons: one sprite in the page, used by name. */
import sprite from "./sprite.svg?raw";

export type IconName =
  | "agents"
  | "back"
  | "check"
  | "copy"
  | "cost"
  | "cross"
  | "down"
  | "file"
  | "folder"
  | "host"
  | "image"
  | "inbox"
  | "more"
  | "pause"
  | "person"
  | "phone"
  | "plus"
  | "policy"
  | "review"
  | "right"
  | "search"
  | "send"
  | "sessions"
  | "stop"
  | "terminal"
  | "tutti"
  | "warning"
  | `state-${"child" | "failed" | "idle" | "merged" | "parked" | "starting" | "stopped" | "waiting" | "working"}`;

/** Stands once in the page, before any icon. */
export function Sprite() {
  // The sprite is a file of this program.
  // biome-ignore lint/security/noDangerouslySetInnerHtml: no text from outside reaches it
  return <div hidden dangerouslySetInnerHTML={{ __html: sprite }} />;
}

/** @param label what it says where no word stands beside it; without one it is decoration */
export function Icon({
  name,
  size = 16,
  label,
  className,
}: {
  name: IconName;
  size?: number;
  label?: string;
  className?: string;
}) {
  const use = <use href={`#icon-${name}`} />;
  return label === undefined ? (
    <svg width={size} height={size} className={className} aria-hidden="true">
      {use}
    </svg>
  ) : (
    <svg width={size} height={size} className={className} role="img" aria-label={label}>
      {use}
    </svg>
  );
}
