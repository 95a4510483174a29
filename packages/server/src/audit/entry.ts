/** What the audit says of an event. Pure. */
import { type AuditKind, auditKindSchema, type Event, type EventOf, type PolicyUse } from "@tutti/core";
import { canonicalJson, sha256 } from "./chain.ts";

/** The version of `facts`. Raise it when what they say of an event changes: rows of older ones are held against their hash alone. */
const version = 1;

type Audited = Extract<Event["type"], AuditKind>;

const facts: { [T in Audited]: (event: EventOf<T>) => object } = {
  "session.created": ({ spec: { title, agent, role, parent, policies, preapproved } }) => ({
    ...{ title, agent, role, parent, preapproved },
    policies: policies.map(inShort),
  }),
  "policies.set": ({ level, uses }) => ({ level, uses: uses.map(inShort) }),
  "approval.requested": ({ approval, subject }) => ({ approval, subject: subjectInShort(subject) }),
  "approval.resolved": ({ approval, answer, via, reason, rule, notes }) => ({
    ...{ approval, answer, via, reason, rule },
    notes: notes?.length,
  }),
  "approval.withdrawn": ({ approval, reason }) => ({ approval, reason }),
  "verdict.recorded": ({ task, round, verdict: { approved, tree, reviewer } }) => ({
    ...{ task, round, approved, tree, reviewer },
  }),
  "verdict.carried": ({ task, from, to, patchId }) => ({ task, from, to, patchId }),
  "work.requested": ({ work, request }) => {
    if (request.type !== "candidate.merge") return { work };
    const { type, task, repository, commit, tree, target, head } = request;
    return { work, type, task, repository, commit, tree, target, head };
  },
  "work.finished": ({ work, result }) => ({
    ...{ work, type: result.type },
    ...("commit" in result && { commit: result.commit }),
    ...("message" in result && { message: result.message }),
  }),
  "push.requested": ({ push, facts: { remote, url, updates }, decision, approval }) => ({
    ...{ push, remote, url, approval },
    effect: decision.effect,
    updates: updates.map(({ ref, old, new: to, kind }) => ({ ref, old, new: to, kind })),
  }),
  "push.finished": ({ push, outcome: { result, message } }) => ({ push, result, message }),
};

/** Whether an event belongs into the audit. Of work only merges do: `isMerge` tells by the work's id. */
export function isAudited(event: Event, isMerge: (work: string) => boolean): boolean {
  if (event.type === "work.requested") return event.request.type === "candidate.merge";
  if (event.type === "work.finished") return isMerge(event.work);
  return event.type in facts;
}

/** The audited types, for a query. */
export const auditedTypes: readonly string[] = Object.keys(facts);

/**
 * The body of an event's row.
 *
 * @param stored the event as the database gives it back, of which the row holds a hash
 */
export function bodyOf(event: Event, stored: unknown): string {
  const say = facts[event.type as Audited] as ((event: Event) => object) | undefined;
  return canonicalJson({ v: version, ...say?.(event), event: sha256(canonicalJson(stored)) });
}

/** Whether a body says today of an event what it said when it was written; undefined when another version wrote it. */
export function bodyFits(body: string, event: Event, stored: unknown): boolean | undefined {
  const said: unknown = parsed(body);
  if (typeof said !== "object" || said === null || !("event" in said) || !("v" in said)) return false;
  if (said.v === version) return body === bodyOf(event, stored);
  return said.event === sha256(canonicalJson(stored)) ? undefined : false;
}

export const kindOf = (type: string): AuditKind => auditKindSchema.parse(type);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A rule without its text, which may be long: the hash of its parameters stands for them. */
const inShort = ({ name, level, params, shadow }: PolicyUse) => ({
  ...{ name, level, shadow },
  params: sha256(canonicalJson(params)),
});

function subjectInShort(subject: EventOf<"approval.requested">["subject"]): object {
  switch (subject.kind) {
    case "tool": {
      const { kind, turn, identity, reason, policies, weight, call, agreements } = subject;
      const what = (call.command ?? call.paths?.[0] ?? call.name).slice(0, 500);
      return { kind, turn, identity, reason, policies, weight, what, agreements };
    }
    case "push": {
      const { kind, push, identity, reason, policies, weight } = subject;
      return { kind, push, identity, reason, policies, weight };
    }
    case "turn": {
      const { kind, turn, reason, policies, weight, agreements } = subject;
      return { kind, turn, reason, policies, weight, agreements };
    }
    case "merge": {
      const { kind, task, commit, tree, target, head, warnings, verdict } = subject;
      return { kind, task, commit, tree, target, head, warnings, approved: verdict.approved };
    }
    case "trust": {
      const { kind, repository, hash } = subject;
      return { kind, repository, hash };
    }
  }
}
