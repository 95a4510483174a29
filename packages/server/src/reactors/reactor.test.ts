import { afterAll, beforeAll, expect, test } from "vitest";
import { type Notifications, openNotifications } from "../database/notify.ts";
import { type TestDatabase, testDatabase } from "../database/testing.ts";
import { openGovernance } from "../governance/index.ts";
import { type Hub, openHub } from "../log/hub.ts";
import { openSessions, type Sessions } from "../sessions/index.ts";
import { createSession } from "../testing.ts";
import { type Reactor, runReactor } from "./reactor.ts";

let database: TestDatabase;
let notifications: Notifications;
let hub: Hub;
let sessions: Sessions;

beforeAll(async () => {
  database = await testDatabase();
  notifications = openNotifications(database.url);
  hub = await openHub({ database, notifications, onFault: (error) => expect.unreachable(String(error)) });
  sessions = openSessions({
    database,
    hub,
    governance: openGovernance({ standing: [] }),
    admit: () => undefined,
    now: () => new Date(0),
  });
});
afterAll(async () => {
  await hub.stop();
  await notifications.close();
  await database.close();
});

async function created(session: string): Promise<string> {
  const by = { kind: "person", name: "ada" } as const;
  const sent = await sessions.dispatch(
    { id: `create ${session}`, session, command: createSession() },
    by,
    "person",
  );
  expect(sent.ok).toBe(true);
  return session;
}

/** Runs a reactor until it has seen a session, as a process that is then killed. */
async function lifetime(
  name: string,
  until: string,
  react: (session: string) => Promise<void>,
  faults: string[] = [],
) {
  const seen: string[] = [];
  const dying = new AbortController();
  const reactor: Reactor = {
    name,
    async react({ session }) {
      seen.push(session);
      await react(session);
      if (session === until) dying.abort();
    },
  };
  const parts = { database, hub, onFault: (_: string, error: unknown) => void faults.push(String(error)) };
  await runReactor(parts, reactor, dying.signal).catch(() => {});
  return seen;
}

test("a reactor sees every event, and goes on where it stood", async () => {
  await created("a");
  await created("b");
  const own = (seen: string[]) => seen.filter((session) => ["a", "b", "c"].includes(session));
  expect(own(await lifetime("steady", "b", async () => {}))).toEqual(["a", "b"]);
  await created("c");
  const again = await lifetime("steady", "c", async () => {});
  // The last event of a life may come again; none is left out.
  expect(own(again).filter((session) => session !== "b")).toEqual(["c"]);
});

test("an event that fails is tried again while others go on, and after a crash", async () => {
  await created("bad");
  await created("good");
  const faults: string[] = [];
  const first = await lifetime(
    "troubled",
    "good",
    async (session) => {
      if (session === "bad") throw new Error("not yet");
    },
    faults,
  );
  expect(first.slice(-1)).toEqual(["good"]);
  expect(faults.join()).toContain("not yet");
  await created("later");
  const second = await lifetime("troubled", "later", async () => {});
  expect(second).toEqual(expect.arrayContaining(["bad", "later"]));
});

test("what failed once is done in the same life", async () => {
  await created("flaky");
  let failures = 1;
  const done: string[] = [];
  const reactor = lifetime("patient", "flaky", async (session) => {
    if (session === "flaky" && failures-- > 0) throw new Error("once");
    done.push(session);
  });
  await reactor;
  expect(done).toContain("flaky");
});
