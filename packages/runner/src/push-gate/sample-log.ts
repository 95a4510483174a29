import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import {
  type Command,
  type DecideContext,
  type Decision,
  decide,
  type Event,
  fold,
  foldAll,
  isPending,
  type LoggedEvent,
  openPushes,
  type PushFacts,
  type PushState,
  type SessionState,
  standingOfPush,
} from "@tutti/core";
import type { OpenPush, PushPorts } from "./exchange.ts";

/** A session's log in a file, under core's own law: for tests. */
export interface SampleLog {
  ports: PushPorts;
  state(): SessionState;
  open(): OpenPush[];
  pushes(): PushState[];
  /** Resolves when the log is as the test wants it. */
  until<T>(look: (state: SessionState) => T | undefined | null | false): Promise<T>;
  answer(answer: "allow" | "deny", reason?: string): void;
  /** Each time a question is asked, its facts. */
  readonly asked: PushFacts[];
}

/** What a policy says of a push. */
export type SamplePolicy = (facts: PushFacts) => Decision;
export const allowAll: SamplePolicy = () => ({ effect: "allow" });
export const askAll: SamplePolicy = () => ({ effect: "ask", reason: "look at it", policies: ["test"] });

export function sampleLog(path: string, policy: SamplePolicy): SampleLog {
  const events: LoggedEvent[] = existsSync(path)
    ? readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line): LoggedEvent => JSON.parse(line))
    : [];
  let state: SessionState | undefined = events.length > 0 ? foldAll(events) : undefined;
  const watchers = new Set<() => void>();
  let ids = events.length;

  function append(more: readonly Event[]): void {
    const file = openSync(path, "a", 0o600);
    for (const event of more) {
      const seq = events.length + 1;
      const by = { kind: "person" as const, name: "ada" };
      const logged: LoggedEvent = {
        session: "s1",
        seq,
        position: seq,
        at: new Date(seq * 1_000).toISOString(),
        by,
        event,
      };
      events.push(logged);
      writeSync(file, `${JSON.stringify(logged)}\n`);
      state = fold(state, logged);
    }
    fsyncSync(file);
    closeSync(file);
    for (const watcher of [...watchers]) watcher();
  }

  const context: DecideContext = {
    evaluate: (_uses, action) => ({
      decision: action.phase === "push" ? policy(action.push) : { effect: "allow" },
      states: {},
      votes: [],
    }),
    describe: (action) => ({
      identity: JSON.stringify(action),
      effect: ["Something happens."],
      weight: "routine",
    }),
    standing: [],
    spending: null,
  };
  function send(command: Command) {
    const decided = decide(state, command, context);
    if (!decided.ok) throw new Error(decided.refusal.message);
    append(decided.events);
    return decided;
  }
  if (state === undefined)
    send({
      type: "session.create",
      spec: {
        ...{ title: "an agent", agent: "a", host: "here", harness: { harness: "some-harness" } },
        ...{ tools: [], policies: [], excludeVendors: [], preapproved: [] },
      },
    });
  const current = () => {
    if (!state) throw new Error("the log has a session");
    return state;
  };
  function until<T>(
    look: (state: SessionState) => T | undefined | null | false,
    signal?: AbortSignal,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const watch = () => {
        const found = look(current());
        if (found === undefined || found === null || found === false) return;
        watchers.delete(watch);
        resolve(found);
      };
      watchers.add(watch);
      signal?.addEventListener("abort", () => {
        watchers.delete(watch);
        reject(signal.reason);
      });
      watch();
    });
  }
  const asked: PushFacts[] = [];
  return {
    asked,
    state: current,
    until,
    open: () => openPushes(current()).map(({ id, facts }) => ({ id, facts })),
    pushes: () => Object.values(current().pushes),
    answer(answer, reason) {
      const approval = Object.values(current().approvals).find(isPending);
      if (!approval) throw new Error("nothing is asked");
      send({
        type: "approval.resolve",
        approval: approval.id,
        answer,
        ...(reason !== undefined && { reason }),
      });
    },
    ports: {
      async request(facts) {
        const { decision, push, approval } = send({
          type: "push.request",
          push: `p${++ids}`,
          approval: `a${ids}`,
          facts,
        });
        if (!decision || push === undefined) throw new Error("the law answers a push with a decision");
        if (approval !== undefined) asked.push(facts);
        return { push, decision, ...(approval !== undefined && { approval }) };
      },
      async answered(id, signal) {
        return until((now) => {
          const push = now.pushes[id];
          if (!push) return { allow: false as const, reason: "no such push" };
          const standing = standingOfPush(now, push);
          if (standing === "allowed") return { allow: true as const };
          if (standing === "waiting") return undefined;
          const answered = push.approval === null ? undefined : now.approvals[push.approval]?.answered;
          const reason = push.decision.effect === "deny" ? push.decision.reason : answered?.reason;
          return { allow: false as const, reason: reason ?? "A person said no." };
        }, signal);
      },
      async finish(push, outcome) {
        send({ type: "push.finish", push, outcome });
      },
    },
  };
}
