/** The places of the app: where they are, what they are called, the key that leads there. */
import type { IconName } from "../design/icon.tsx";

export interface Place {
  to: "/inbox" | "/s" | "/reviews" | "/cost" | "/agents" | "/policies" | "/hosts" | "/settings";
  title: string;
  icon: IconName;
  /** The second key after G. */
  key: string;
}

export const mainPlaces: readonly Place[] = [
  { to: "/inbox", title: "Inbox", icon: "inbox", key: "i" },
  { to: "/s", title: "Sessions", icon: "sessions", key: "s" },
  { to: "/reviews", title: "Reviews", icon: "review", key: "r" },
  { to: "/cost", title: "Cost", icon: "cost", key: "c" },
];

export const footPlaces: readonly Place[] = [
  { to: "/agents", title: "Agents", icon: "agents", key: "a" },
  { to: "/policies", title: "Policies", icon: "policy", key: "p" },
  { to: "/hosts", title: "Hosts", icon: "host", key: "h" },
  { to: "/settings", title: "Settings", icon: "person", key: "," },
];
