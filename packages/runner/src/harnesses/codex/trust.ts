import type { HarnessFailure } from "@tutti/core";
import type { Trust } from "./launch.ts";
import type { Hook } from "./wire.ts";

/** What the hooks that Codex lists mean for the gate. */
export type Verdict =
  /** The gate's hook is trusted, and no other hook of the user's runs before a tool. */
  | { kind: "sound" }
  /** It would be so after a start with this trust. */
  | { kind: "needs"; trust: Trust }
  | { kind: "broken"; failure: HarnessFailure };

/**
 * Judges the hooks that run before a tool. Other hooks there could rewrite a call behind the gate's back, and are switched
 * off for the session; those of the machine's administrator are not ours to judge.
 */
export function judge(hooks: readonly Hook[], command: string): Verdict {
  const before = hooks.filter(({ eventName }) => eventName === "preToolUse");
  const ours = before.filter((hook) => hook.source === "sessionFlags" && hook.command === command);
  const [own] = ours;
  if (!own || ours.length > 1) {
    const message =
      "Codex does not run the hook that Tutti's gate stands on. Its hooks are switched off: look for `hooks = false` under " +
      "[features] in config.toml, and for an administrator's requirements that allow managed hooks only.";
    return { kind: "broken", failure: { kind: "settings", message } };
  }
  const others = before.filter((hook) => hook !== own && !hook.isManaged && hook.enabled);
  if (own.trustStatus === "trusted" && own.enabled && others.length === 0) return { kind: "sound" };
  return {
    kind: "needs",
    trust: {
      trusted: new Map([[own.key, own.currentHash]]),
      disabled: others.map(({ key }) => key),
    },
  };
}
