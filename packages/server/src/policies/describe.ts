/** Says what an action is, and what it would do, in a person's words. Pure, and total. */
import {
  type Action,
  type Description,
  type PushFacts,
  type PushUpdate,
  pushIdentity,
  type Situation,
  type ToolCall,
  type Weight,
} from "@tutti/core";
import { describeShell } from "./shared/describe-shell.ts";

export function describe(action: Action, situation: Situation): Description {
  switch (action.phase) {
    case "tool-call":
      return describeCall(action.call, situation);
    case "push":
      return describePush(action.push);
    default:
      return { identity: JSON.stringify(action), effect: [], weight: "routine" };
  }
}

function describeCall(call: ToolCall, situation: Situation): Description {
  if (call.kind === "shell" && call.command !== undefined)
    return describeShell(call, call.command, situation);
  const { kind, name, paths = [], fingerprint: identity, agent } = call;
  const who = agent === undefined ? "" : " for a sub-agent";
  const named = paths.length > 0 ? paths.join(", ") : name;
  switch (kind) {
    case "edit":
      return {
        identity,
        effect: [`It changes ${named}${who}.`],
        weight: "routine",
        rule: { key: `edit ${paths.join("\0")}`, words: `changes of ${named}` },
      };
    case "read":
    case "search":
      return {
        identity,
        effect: [`It reads ${named}${who}.`],
        weight: "routine",
        rule: { key: `read ${paths.join("\0")}`, words: `reading ${named}` },
      };
    case "web": {
      const host = hostOf(call);
      return {
        identity,
        effect: [`It connects to ${host ?? "a service on the network"}${who}.`],
        weight: "leaves-machine",
        ...(host !== undefined && { rule: { key: `host ${host}`, words: `connections to ${host}` } }),
      };
    }
    default:
      return {
        identity,
        effect: [`It calls the tool ${name}${who}.`],
        weight: kind === "mcp" ? "leaves-machine" : "routine",
        rule: { key: `tool ${name}`, words: `calls of ${name}` },
      };
  }
}

function hostOf({ input }: ToolCall): string | undefined {
  if (typeof input !== "object" || input === null || !("url" in input)) return undefined;
  const { url } = input;
  return typeof url === "string" && URL.canParse(url) ? new URL(url).host : undefined;
}

const commits = (count: number): string => `${count} commit${count === 1 ? "" : "s"}`;
const short = (ref: string): string => ref.replace(/^refs\/(heads|tags)\//, "");

function describePush(facts: PushFacts): Description {
  const { remote, updates } = facts;
  const weight: Weight = updates.some(
    ({ kind, tag }) => kind === "delete" || kind === "forced" || (tag && kind !== "create"),
  )
    ? "irreversible"
    : "leaves-machine";
  const refs = updates.map(({ ref }) => ref);
  const shown = updates.slice(0, 10).map((update) => pushSentence(update, remote));
  return {
    identity: pushIdentity(facts),
    effect: updates.length > 10 ? [...shown, `So it goes for ${updates.length - 10} more refs.`] : shown,
    weight,
    ...(weight === "irreversible"
      ? alternative(updates, remote)
      : {
          rule: {
            key: `push ${remote} ${refs.toSorted().join(" ")}`,
            words: `pushes to ${refs.map(short).join(", ")} of ${remote} that only add commits`,
          },
        }),
  };
}

function pushSentence({ ref, kind, tag, removed, rewritten, added }: PushUpdate, remote: string): string {
  const name = `${tag ? "the tag " : ""}${short(ref)}`;
  switch (kind) {
    case "create":
      return `${name} is made on ${remote}, with ${commits(added.count)} that it does not have.`;
    case "fast-forward":
      return `${commits(added.count)} ${added.count === 1 ? "is" : "are"} added to ${name} on ${remote}; nothing is lost.`;
    case "delete":
      return `${name} is deleted on ${remote}${removed.count > 0 ? `, and ${commits(removed.count)} with it that no other branch there has` : ""}.`;
    case "forced": {
      const back =
        rewritten > 0
          ? ` (${rewritten} of them come${rewritten === 1 ? "s" : ""} back with the same patch)`
          : "";
      return `${name} on ${remote} is overwritten: ${commits(removed.count)} disappear${removed.count === 1 ? "s" : ""}${back}, ${commits(added.count)} take${added.count === 1 ? "s" : ""} ${removed.count === 1 ? "its" : "their"} place.`;
    }
  }
}

function alternative(updates: readonly PushUpdate[], remote: string): { alternative?: string } {
  const forced = updates.find(({ kind }) => kind === "forced");
  return forced
    ? {
        alternative: `Push to a new branch of ${remote} instead (git push ${remote} HEAD:${short(forced.ref)}-rewritten), and leave ${short(forced.ref)} as it is.`,
      }
    : {};
}
