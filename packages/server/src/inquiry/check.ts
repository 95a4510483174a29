/** What the policies would say of a call that nobody has made. */
import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {
  actionsOf,
  type CommandOf,
  type Event,
  foldAll,
  type HarnessChoice,
  judge,
  type PolicyCheck,
  type PolicyCheckAnswer,
  type PolicyUse,
  type Refusal,
  type SessionState,
  sessionSpecSchema,
  situationOf,
  type ToolCall,
  vendorOfModel,
} from "@tutti/core";
import { type AskPrograms, contextOf, reportOn } from "./ask.ts";
import { type RulePlaces, rulesOf } from "./rules-of.ts";

export async function check(
  places: RulePlaces & { programs: AskPrograms },
  asked: PolicyCheck,
): Promise<{ ok: true; answer: PolicyCheckAnswer } | { ok: false; refusal: Refusal }> {
  const found = await rulesOf(places, asked);
  if (!found.ok) return found;
  const { rules, choice, problems, notes } = found;
  if (problems.length > 0)
    return {
      ok: false,
      refusal: {
        kind: "conflict",
        message: `the policy files are broken, so no session begins: ${problems.join("; ")}`,
      },
    };
  const workspace = asked.repository ?? asked.cwd ?? process.cwd();
  const state = implementer({
    workspace,
    confined: asked.confined,
    policies: rules.map(({ use }) => use),
    choice: choice ?? { harness: "any" },
  });
  const command: CommandOf<"tool.request"> = {
    ...{ type: "tool.request", turn, approval: "question" },
    call: await callOf(asked, asked.cwd ?? workspace),
  };
  // Without an agent nobody knows which model would be called next.
  const all = actionsOf(state, command);
  const actions = choice ? all : all.slice(0, 1);
  if (!choice) notes.push("rules about models are not asked: name an agent for them");
  const context = await contextOf(places.programs, state, command);
  const { decision } = judge(state, actions, context);
  const [action] = actions;
  if (!action) throw new Error("a call is an action");
  const about = context.describe(action, situationOf(state, context.spending));
  const against = decision.effect === "allow" ? undefined : decision;
  return {
    ok: true,
    answer: {
      verdict: decision.effect,
      policy: against?.policies ?? [],
      reason: against?.reason ?? null,
      effect: [...about.effect],
      weight: against?.weight ?? about.weight,
      alternative: against?.alternative ?? about.alternative ?? null,
      rule: about.rule ?? null,
      decision,
      actions: reportOn(state, actions, context),
      notes,
    },
  };
}

const turn = "turn";

/** A session as an implementer's is when it makes its first call. */
function implementer(of: {
  workspace: string;
  confined: boolean;
  policies: readonly PolicyUse[];
  choice: HarnessChoice;
}): SessionState {
  const { workspace, confined, policies, choice } = of;
  const spec = sessionSpecSchema.parse({
    title: "a question about policies",
    agent: "nobody",
    host: "here",
    harness: choice,
    role: "implementer",
    workspace,
    policies,
  });
  const machine = { home: os.homedir(), confined, pushGate: confined };
  const { model = null, provider } = choice;
  const named = provider?.vendor === "by-model" ? undefined : provider?.vendor;
  const vendor = named ?? (model === null ? undefined : vendorOfModel(model)) ?? null;
  const events: Event[] = [
    { type: "session.created", spec },
    { type: "harness.opened", nativeId: "", version: "", model, vendor, machine },
    { type: "turn.started", turn, origin: "prompt", text: "" },
  ];
  const at = new Date(0).toISOString();
  const by = { kind: "person" as const, name: "" };
  const state = foldAll(
    events.map((event, index) => ({
      session: "question",
      seq: index + 1,
      position: index + 1,
      at,
      by,
      event,
    })),
  );
  if (!state) throw new Error("a session that was created has a state");
  return state;
}

async function callOf({ about }: PolicyCheck, cwd: string): Promise<ToolCall> {
  const call = await partsOf(about);
  const fingerprint = createHash("sha256")
    .update(JSON.stringify([call, cwd]))
    .digest("hex");
  return { id: "call", cwd, fingerprint, ...call };
}

async function partsOf(
  about: PolicyCheck["about"],
): Promise<Pick<ToolCall, "kind" | "name" | "input" | "command" | "paths">> {
  switch (about.kind) {
    case "command":
      return { kind: "shell", name: "shell", input: { command: about.command }, command: about.command };
    case "tool": {
      const paths = await Promise.all(about.paths.map(resolved));
      return { kind: about.tool, name: about.name, input: { paths }, ...(paths.length > 0 && { paths }) };
    }
    case "host": {
      const host = about.host.includes(":") && !about.host.includes("]") ? bracketed(about.host) : about.host;
      return { kind: "web", name: "web", input: { url: `https://${host}/` } };
    }
  }
}

/** An IPv6 address as it stands in a URL; a host with a port stays as it is. */
const bracketed = (host: string): string => (/^[^:]+:\d+$/.test(host) ? host : `[${host}]`);

/** A path with the symlinks of the part that is there resolved. */
async function resolved(place: string): Promise<string> {
  try {
    return await realpath(place);
  } catch {
    const parent = path.dirname(place);
    return parent === place ? place : path.join(await resolved(parent), path.basename(place));
  }
}
