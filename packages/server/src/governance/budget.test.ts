import {
  type Actor,
  type Command,
  type PolicyUse,
  type Sent,
  type ServedUsage,
  type SessionSpec,
  type SessionState,
  type Spending,
  sessionSpecSchema,
} from "@tutti/core";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Notifications, openNotifications } from "../database/notify.ts";
import { type TestDatabase, testDatabase } from "../database/testing.ts";
import { openHosts } from "../hosts/hosts.ts";
import { type Hub, openHub } from "../log/hub.ts";
import { bringReadModelsUpToDate } from "../projections/index.ts";
import { alikeAnswers } from "../reactors/alike-answers.ts";
import { runReactor } from "../reactors/reactor.ts";
import { openSessions, type Sessions } from "../sessions/index.ts";
import { openGovernance } from "./index.ts";
import { readCost } from "./read-cost.ts";
import { readSpending } from "./read-spending.ts";

const ada = { kind: "person", name: "ada" } as const;
const grace = { kind: "person", name: "grace" } as const;
const today = "2030-01-02";

let database: TestDatabase;
let notifications: Notifications;
let hub: Hub;
let sessions: Sessions;
let count = 0;
let at = new Date(`${today}T12:00:00Z`);
let stopReactor: () => Promise<void>;

const fresh = (prefix: string) => `${prefix}-${++count}-of-test`;

beforeAll(async () => {
  database = await testDatabase();
  notifications = openNotifications(database.url);
  const onFault = (...fault: unknown[]) => expect.unreachable(fault.map(String).join(": "));
  hub = await openHub({ database, notifications, onFault });
  const now = () => at;
  const governance = openGovernance({ standing: [], now });
  sessions = openSessions({ database, hub, governance, admit: () => undefined, now });
  const stopping = new AbortController();
  const { dispatch, readState } = sessions;
  const reactor = alikeAnswers({ database, dispatch, readState });
  const running = runReactor({ database, hub, onFault }, reactor, stopping.signal).catch(() => {});
  stopReactor = async () => {
    stopping.abort();
    await running;
  };
});
beforeEach(() => {
  at = new Date(`${today}T12:00:00Z`);
});
afterAll(async () => {
  await stopReactor();
  await hub.stop();
  await notifications.close();
  await database.close();
});

const send = (
  session: string,
  command: Command,
  { by = ada, scope = "person" }: { by?: Actor; scope?: "person" | "orchestration" } = {},
): Promise<Sent> => sessions.dispatch({ id: fresh("command"), session, command }, by, scope);

/** Of a machine whose lease nobody looks at: sessions here have no host that joined. */
const fromMachine = async (session: string, command: Command, id = fresh("command")): Promise<Sent> =>
  sessions.dispatch(
    { id, session, command, lease: await lease() },
    { kind: "runner", name: "here" },
    "runner",
  );
let leased: Promise<{ host: string; epoch: number }> | undefined;
/** The machine joins once, however many speak for it at the same time. */
const lease = () => {
  leased ??= openHosts(database, () => at).join({ id: "here", name: "laptop", harnesses: [] });
  return leased;
};

async function created(
  more: Partial<SessionSpec> = {},
  policies: PolicyUse[] = [],
  by: Actor = ada,
): Promise<string> {
  const session = fresh("session");
  const spec = sessionSpecSchema.parse({
    ...{ title: "an agent", agent: "polly", host: "here", harness: { harness: "some" }, policies },
    ...more,
  });
  expect(await send(session, { type: "session.create", spec }, { by })).toMatchObject({ ok: true });
  return session;
}

const program = { name: "p", version: "1", input: {} };
const budget = (params: PolicyUse["params"]): PolicyUse[] => [{ name: "budget", params, level: "session" }];

async function tree(size: number, params: PolicyUse["params"]): Promise<{ root: string; agents: string[] }> {
  const root = await created({ harness: undefined, orchestration: program });
  const agents: string[] = [];
  for (let index = 0; index < size; index += 1)
    agents.push(await created({ parent: root, task: `t${index}`, role: "implementer" }, budget(params)));
  return { root, agents };
}

const used = (costUsd: number | null, more: Partial<ServedUsage> = {}): ServedUsage => ({
  ...{ model: "m", vendor: "acme", input: 1, cacheRead: 2, cacheWrite: 3, output: 4, costUsd },
  costSource: costUsd === null ? "unknown" : "reported",
  ...more,
});
const start = (session: string, turn = "t") => send(session, { type: "turn.start", turn, text: "go" });
const record = (session: string, usage: ServedUsage, turn = "t") =>
  fromMachine(session, { type: "usage.record", turn, usage });
const request = (session: string, turn = "t", id = fresh("call")) =>
  fromMachine(session, {
    ...{ type: "tool.request", turn, approval: fresh("approval") },
    call: { id, kind: "shell", name: "Bash", input: {}, fingerprint: id },
  });
const effect = (sent: Sent) => (sent.ok ? sent.receipt.decision?.effect : sent.refusal.message);
const resolve = (session: string, approval: string, answer: "allow" | "deny") =>
  send(session, { type: "approval.resolve", approval, answer });

async function until<T>(session: string, select: (state: SessionState) => T | undefined): Promise<T> {
  for await (const _ of sessions.followSession(session, 0)) {
    const state = await sessions.readState(session);
    const found = state && select(state);
    if (found !== undefined) return found;
  }
  throw new Error("the log ended");
}
const pending = (state: SessionState) =>
  Object.values(state.approvals).find(({ answered, withdrawn }) => !answered && withdrawn === undefined);
const now = async (session: string) => {
  const state = await sessions.readState(session);
  if (!state) throw new Error(`no session ${session}`);
  return state;
};
const spendingOf = (session: string, day = today): Promise<Spending> =>
  database.kysely.transaction().execute((tx) => readSpending(tx, session, day));

test("eight agents side by side overshoot a limit by a call each at most", async () => {
  const limit = 1;
  const call = 0.07;
  const { root, agents } = await tree(8, { tree: { limit } });
  let overshot = 0;
  await Promise.all(
    agents.map(async (agent) => {
      if (!(await start(agent)).ok) return;
      for (let calls = 0; (await now(agent)).turn !== null && calls < 100; calls += 1) {
        const before = (await spendingOf(root)).tree.usd;
        if (before >= limit) overshot += 1;
        await record(agent, used(call));
        if (effect(await request(agent)) !== "allow") return;
      }
    }),
  );
  const { tree: spent } = await spendingOf(root);
  expect(spent.usd).toBeGreaterThan(limit - 9 * call);
  expect(spent.usd).toBeLessThanOrEqual(limit + agents.length * call);
  expect(overshot).toBeLessThanOrEqual(agents.length);
  for (const agent of agents) {
    const question = pending(await now(agent));
    expect(question?.subject).toMatchObject({
      policies: ["budget"],
      agreements: [{ scope: "tree", of: root }],
    });
  }
});

test("a yes raises the limit for the whole tree, is asked for once, and answers all who wait", async () => {
  const { root, agents } = await tree(4, { tree: { limit: 5 } });
  for (const agent of agents) await start(agent);
  for (const agent of agents) await record(agent, used(1.25));
  for (const agent of agents) expect(effect(await request(agent))).toBe("ask");
  const [first = "", ...others] = agents;
  const question = pending(await now(first));
  expect(question?.subject).toMatchObject({
    reason: `This request has spent $5.00, calls under way may cost $3.75 more, and its limit is $5.00. A yes raises the limit to $10.00. A no stops every agent of this request that is at work.`,
    effect: ["It calls the tool Bash.", "This request may spend up to $10.00 in all."],
  });
  expect(await resolve(first, question?.id ?? "", "allow")).toMatchObject({ ok: true });
  for (const other of others) {
    const answered = await until(other, ({ approvals }) => Object.values(approvals)[0]?.answered);
    expect(answered).toMatchObject({ answer: "allow", via: "alike", by: ada });
  }
  expect((await spendingOf(root)).tree.agreed).toEqual({ usd: 10, unknown: false });
  for (const agent of agents) expect(effect(await request(agent))).toBe("allow");
  await record(first, used(6));
  expect(effect(await request(first))).toBe("ask");
  expect(pending(await now(first))?.subject).toMatchObject({ agreements: [{ usd: 15 }] });
});

test("a no stops every agent of the tree, and no other's", async () => {
  const { agents } = await tree(3, { tree: { limit: 1 } });
  const [first = "", second = "", third = ""] = agents;
  const stranger = await created();
  await start(stranger);
  for (const agent of [first, second]) await start(agent);
  await record(first, used(1));
  expect(effect(await request(first))).toBe("ask");
  await start(third);
  expect((await now(third)).held).not.toBeNull();
  const question = pending(await now(first));
  await resolve(first, question?.id ?? "", "deny");
  expect((await now(first)).turn?.interruptRequested).toBe(true);
  await until(second, ({ turn }) => turn?.interruptRequested || undefined);
  expect(effect(await request(second))).toBe("deny");
  const ended = await until(third, ({ lastTurn }) => lastTurn ?? undefined);
  expect(ended).toMatchObject({ status: "interrupted", failure: { kind: "refused" } });
  expect((await now(stranger)).turn?.interruptRequested).toBe(false);
});

test("a no to a parked turn ends it, without another call of a model", async () => {
  const { agents } = await tree(1, { tree: { limit: 1 } });
  const [agent = ""] = agents;
  await start(agent);
  await record(agent, used(2));
  await request(agent);
  await fromMachine(agent, { type: "turn.end", turn: "t", status: "parked" });
  await resolve(agent, pending(await now(agent))?.id ?? "", "deny");
  expect(await now(agent)).toMatchObject({ turn: null, lastTurn: { status: "interrupted" } });
});

test("a soft threshold is asked once; a session's own limit is its own", async () => {
  const { agents } = await tree(2, { tree: { warn: 1, limit: 9 }, session: { limit: 3, step: 0.5 } });
  const [first = "", second = ""] = agents;
  for (const agent of agents) await start(agent);
  await record(first, used(1.5));
  await request(second);
  const question = pending(await now(second));
  expect(question?.subject).toMatchObject({ agreements: [{ scope: "tree", usd: 1 }] });
  await resolve(second, question?.id ?? "", "allow");
  for (const agent of agents) expect(effect(await request(agent))).toBe("allow");
  await record(first, used(2));
  expect(effect(await request(second))).toBe("allow");
  expect(effect(await request(first))).toBe("ask");
  expect(pending(await now(first))?.subject).toMatchObject({
    agreements: [{ scope: "session", of: first, usd: 4 }],
    reason: expect.stringContaining("A no stops this agent."),
  });
});

test("what a call may do beside is another question: no rule stands in for a yes to money", async () => {
  const { agents } = await tree(1, { tree: { limit: 1 } });
  const [agent = ""] = agents;
  await start(agent);
  await record(agent, used(2));
  await request(agent);
  const id = pending(await now(agent))?.id ?? "";
  const alike = await send(agent, { type: "approval.resolve", approval: id, answer: "allow", alike: true });
  expect(effect(alike)).toContain("no rule stands for this question");
});

test("an unknown price is asked about once, or counts as what was said; a subscription costs nothing", async () => {
  const asking = await tree(1, { tree: { limit: 1 } });
  const guessing = await tree(1, { tree: { limit: 1 }, unknown: { countAs: 0.6 } });
  const [asks = ""] = asking.agents;
  const [guesses = ""] = guessing.agents;
  for (const agent of [asks, guesses]) {
    await start(agent);
    await record(agent, used(4, { costSource: "subscription" }));
    await record(agent, used(null, { costSource: "subscription" }));
    expect(effect(await request(agent))).toBe("allow");
    await record(agent, used(null));
  }
  expect(effect(await request(guesses))).toBe("allow");
  await record(guesses, used(null));
  expect(effect(await request(guesses))).toBe("ask");
  expect(effect(await request(asks))).toBe("ask");
  const question = pending(await now(asks));
  expect(question?.subject).toMatchObject({ reason: expect.stringContaining("1 model call whose price") });
  await resolve(asks, question?.id ?? "", "allow");
  await record(asks, used(null));
  expect(effect(await request(asks))).toBe("allow");
  const counting = await tree(1, { tree: { limit: 1 }, subscription: "count" });
  await start(counting.agents[0] ?? "");
  await record(counting.agents[0] ?? "", used(4, { costSource: "subscription" }));
  expect(effect(await request(counting.agents[0] ?? ""))).toBe("ask");
});

test("a day's limit counts what was used that day, in one repository or by one person", async () => {
  const day = "2031-03-04";
  at = new Date(`${day}T23:00:00Z`);
  const works = async (params: PolicyUse["params"], project: string) => {
    const root = await created({ harness: undefined, orchestration: program }, [], grace);
    const work = fresh("work");
    const request = { type: "repository.inspect" as const, path: project };
    await send(root, { type: "work.request", work, request }, { scope: "orchestration" });
    const sha = "a".repeat(40);
    const result = {
      type: "repository.inspected" as const,
      root: project,
      target: "main",
      head: sha,
      tree: sha,
    };
    await fromMachine(root, { type: "work.finish", work, result: { ...result, dirty: [] } });
    const agent = await created({ parent: root }, budget(params));
    await start(agent);
    return agent;
  };
  const one = await works({ projectDay: { limit: 2 } }, "/shop");
  const other = await works({ projectDay: { limit: 2 }, userDay: { limit: 50 } }, "/shop");
  const elsewhere = await works({ projectDay: { limit: 2 }, userDay: { limit: 4 } }, "/bank");
  await record(one, used(2.5));
  expect(effect(await request(other))).toBe("ask");
  expect(effect(await request(elsewhere))).toBe("ask"); // what is under way counts for the person, too
  expect(pending(await now(elsewhere))?.subject).toMatchObject({
    agreements: [{ scope: "user-day", of: "grace" }],
  });
  expect(await spendingOf(other, day)).toMatchObject({ projectToday: { of: "/shop", usd: 2.5 } });
  at = new Date("2031-03-05T00:30:00Z");
  await fromMachine(one, { type: "turn.end", turn: "t", status: "completed" });
  expect(effect(await request(other))).toBe("allow");
  expect(await spendingOf(one, "2031-03-05")).toMatchObject({
    session: { usd: 2.5 },
    projectToday: { usd: 0 },
  });
});

test("without a budget nothing is looked up", async () => {
  let asked = 0;
  const governance = openGovernance({ standing: [], now: () => at });
  const session = await created();
  const state = await now(session);
  await database.kysely.transaction().execute(async (tx) => {
    const counting = new Proxy(tx, {
      get(target, name, receiver) {
        asked += 1;
        return Reflect.get(target, name, receiver);
      },
    });
    const command = { type: "turn.start", turn: "t", text: "go" } as const;
    expect((await governance.contextFor(counting, state, command)).spending).toBeNull();
  });
  expect(asked).toBe(0);
});

test("a command that comes again, and a crash between, count nothing twice", async () => {
  const { agents } = await tree(1, { tree: { limit: 100 } });
  const [agent = ""] = agents;
  await start(agent);
  const id = fresh("command");
  const command = { type: "usage.record", turn: "t", usage: used(1) } as const;
  await Promise.all(Array.from({ length: 10 }, () => fromMachine(agent, command, id)));
  // A server that came up again knows the same receipts.
  const again = openSessions({
    ...{ database, hub, governance: openGovernance({ standing: [], now: () => at }) },
    ...{ admit: () => undefined, now: () => at },
  });
  await again.dispatch(
    { id, session: agent, command, lease: await lease() },
    { kind: "runner", name: "here" },
    "runner",
  );
  expect((await spendingOf(agent)).session.usd).toBe(1);
  await bringReadModelsUpToDate(database);
  expect((await spendingOf(agent)).session.usd).toBe(1);
});

test("the sums are those of the folded logs, whatever was used, and the same when built anew", async () => {
  const usage = fc.record({
    agent: fc.nat(2),
    cents: fc.option(fc.nat(500)),
    source: fc.constantFrom("reported" as const, "list" as const, "subscription" as const),
    ends: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(usage, { maxLength: 12 }), async (records) => {
      const { root, agents } = await tree(3, { tree: { limit: 1_000 } });
      for (const [index, { agent: place, cents, source, ends }] of records.entries()) {
        const agent = agents[place] ?? "";
        const turn = (await now(agent)).turn?.id ?? `t${index}`;
        await start(agent, turn);
        const costUsd = cents === null ? null : cents / 100;
        const costSource = cents === null && source !== "subscription" ? "unknown" : source;
        await record(agent, used(costUsd, { costSource, vendor: null }), turn);
        if (ends) await fromMachine(agent, { type: "turn.end", turn, status: "completed" });
      }
      const states = await Promise.all(agents.map(now));
      const logs = await Promise.all(agents.map((agent) => sessions.events(agent, 0, 1_000)));
      const entries = logs.flatMap((log) =>
        log.flatMap(({ event }) =>
          event.type === "usage.recorded" ? [{ ...event.usage, turn: event.turn }] : [],
        ),
      );
      const metered = entries.filter(({ costSource }) => costSource !== "subscription");
      const flat = entries.filter(({ costSource }) => costSource === "subscription");
      const total = (all: { costUsd: number | null }[]) =>
        all.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0);
      const [me = "", ...rest] = agents;
      const dearest = (log: (typeof logs)[number]) => {
        const all = log.flatMap(({ event }) => (event.type === "usage.recorded" ? [event] : []));
        const last = all.filter(({ turn }) => turn === all.at(-1)?.turn).map(({ usage }) => usage);
        return Math.max(
          0,
          ...last.map((one) => (one.costSource === "subscription" ? 0 : (one.costUsd ?? 0))),
        );
      };
      const reserved = rest.reduce(
        (sum, _, index) => sum + (states[index + 1]?.turn ? dearest(logs[index + 1] ?? []) : 0),
        0,
      );
      const check = async () => {
        const { tree: spent } = await spendingOf(me);
        expect(spent.usd).toBeCloseTo(total(metered), 9);
        expect(spent.subscription.usd).toBeCloseTo(total(flat), 9);
        expect(spent.unknownCalls).toBe(metered.filter(({ costUsd }) => costUsd === null).length);
        expect(spent.subscription.unknownCalls).toBe(flat.filter(({ costUsd }) => costUsd === null).length);
        expect(spent.reserved.usd).toBeCloseTo(reserved, 9);
        const report = await readCost(database, { by: "session", root, limit: 10 });
        const { reportedUsd, listUsd, subscriptionUsd, calls } = report.total;
        expect(reportedUsd + listUsd).toBeCloseTo(total(metered), 9);
        expect(subscriptionUsd).toBeCloseTo(total(flat), 9);
        expect(calls).toBe(entries.length);
      };
      await check();
      await sql`delete from settings where key like 'read model %'`.execute(database.kysely);
      await bringReadModelsUpToDate(database);
      await check();
    }),
    { numRuns: 8 },
  );
});

test("read models built anew are the same, row by row", async () => {
  const tables = [
    "spending",
    "usage_entries",
    "budget_agreements",
    "budget_questions",
    "merged_changes",
  ] as const;
  const all = async () =>
    Promise.all(
      tables.map(async (table) =>
        (await database.kysely.selectFrom(table).selectAll().execute())
          .map((row) => JSON.stringify(row))
          .sort(),
      ),
    );
  const before = await all();
  await sql`delete from settings where key like 'read model %'`.execute(database.kysely);
  await bringReadModelsUpToDate(database);
  expect(await all()).toEqual(before);
  expect(before.map(({ length }) => length > 0)).toEqual([true, true, true, true, false]);
});

test("a report sums up by session, task, vendor, model and day", async () => {
  const { root, agents } = await tree(2, { tree: { limit: 100 } });
  const [first = "", second = ""] = agents;
  for (const agent of agents) await start(agent);
  await record(first, used(1));
  await record(first, used(2, { costSource: "list", model: "n" }));
  at = new Date("2030-01-03T01:00:00Z");
  await record(second, used(null, { vendor: null }));
  await record(second, used(3, { costSource: "subscription" }));
  const rows = async (by: "session" | "task" | "vendor" | "model" | "day", since?: Date) =>
    (await readCost(database, { by, root, limit: 10, ...(since && { since }) })).rows;
  expect(await rows("session")).toMatchObject([
    { key: first, root, title: "an agent", reportedUsd: 1, listUsd: 2, calls: 2, unknownCalls: 0 },
    { key: second, reportedUsd: 0, subscriptionUsd: 3, subscriptionCalls: 1, unknownCalls: 1 },
  ]);
  expect((await rows("task")).map(({ key, root: of }) => [key, of])).toEqual([
    ["t0", root],
    ["t1", root],
  ]);
  expect((await rows("vendor")).map(({ key, calls }) => [key, calls])).toEqual([
    ["acme", 3],
    [null, 1],
  ]);
  expect((await rows("model")).map(({ key }) => key)).toEqual(["m", "n"]);
  expect((await rows("day")).map(({ key, calls }) => [key, calls])).toEqual([
    ["2030-01-03", 2],
    [today, 2],
  ]);
  expect(await rows("session", new Date("2030-01-03"))).toMatchObject([{ key: second }]);
});
