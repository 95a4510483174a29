import { eventSchema } from "@tutti/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Notifications, openNotifications } from "../database/notify.ts";
import { toJsonb } from "../database/schema.ts";
import { type TestDatabase, testDatabase } from "../database/testing.ts";
import { append } from "./append.ts";
import { followAll } from "./follow.ts";
import { type Hub, openHub } from "./hub.ts";
import { watch } from "./watch.ts";

let database: TestDatabase;
let notifications: Notifications;
const hubs: Hub[] = [];
let count = 0;

beforeAll(async () => {
  database = await testDatabase();
  notifications = openNotifications(database.url);
});
afterAll(async () => {
  for (const hub of hubs) await hub.stop();
  await notifications.close();
  await database.close();
});

async function hubOfNode(): Promise<Hub> {
  const hub = await openHub({
    database,
    notifications,
    onFault: (error) => expect.unreachable(String(error)),
  });
  hubs.push(hub);
  return hub;
}

/** Appends one event to a new session, in a transaction that commits when it is told to. */
async function appending() {
  count += 1;
  const session = `session-${count}`;
  const tx = await database.kysely.startTransaction().execute();
  const at = new Date(0);
  await tx
    .insertInto("sessions")
    .values({ id: session, host: null, parent: null, created_at: at, state: toJsonb({}) })
    .execute();
  const spec = { title: "t", agent: "a", host: "h", harness: { harness: "some" } };
  const event = eventSchema.parse({ type: "session.created", spec });
  await append(tx, { session, state: undefined, events: [event], by: { kind: "person", name: "ada" }, at });
  return { session, commit: () => tx.commit().execute(), rollback: () => tx.rollback().execute() };
}

function recorded(hub: Hub) {
  const told: string[] = [];
  let heard = () => {};
  const leave = hub.subscribe({
    event({ logged }) {
      told.push(logged.session);
      heard();
    },
  });
  return {
    told,
    leave,
    until: (length: number) =>
      new Promise<void>((resolve) => {
        heard = () => {
          if (told.length >= length) resolve();
        };
        heard();
      }),
  };
}

test("an event whose transaction commits late is not skipped, and keeps its place", async () => {
  const hub = await hubOfNode();
  const other = recorded(await hubOfNode());
  const start = hub.position;
  const { told, until } = recorded(hub);
  const late = await appending();
  const early = await appending();
  const lost = await appending();
  const last = await appending();
  await early.commit();
  await last.commit();
  await lost.rollback();
  hub.announce();
  const ending = new AbortController();
  const followed: string[] = [];
  const following = (async () => {
    for await (const { session } of followAll({ hub, database }, start, ending.signal)) {
      followed.push(session);
      if (session === last.session) return;
    }
  })();
  expect(told).toEqual([]);
  await late.commit();
  hub.announce();
  await until(3);
  await other.until(3);
  await following;
  expect(told).toEqual([late.session, early.session, last.session]);
  expect(other.told).toEqual(told);
  expect(followed).toEqual(told);
});

test("what is rolled back holds nobody up", async () => {
  const hub = await hubOfNode();
  const { told, until } = recorded(hub);
  const gone = await appending();
  const next = await appending();
  await next.commit();
  hub.announce();
  await gone.rollback();
  await until(1);
  expect(told).toEqual([next.session]);
});

test("another node hears by notification", async () => {
  const here = await hubOfNode();
  const there = recorded(await hubOfNode());
  const one = await appending();
  await one.commit();
  here.announce();
  await there.until(1);
  expect(there.told).toEqual([one.session]);
});

test("a frame is encoded once for all who watch", async () => {
  const hub = await hubOfNode();
  const endings: AbortController[] = [];
  const frames: Buffer[][] = [];
  for (let index = 0; index < 200; index += 1) {
    const ending = new AbortController();
    endings.push(ending);
    const got: Buffer[] = [];
    frames.push(got);
    const sink = { send: (frame: Buffer) => void got.push(frame), hasRoom: true, room: async () => {} };
    await watch(
      { hub, database },
      { selection: {}, after: hub.position, deltas: false },
      sink,
      ending.signal,
    );
    got.length = 0;
  }
  const { until } = recorded(hub);
  const one = await appending();
  await one.commit();
  hub.announce();
  await until(1);
  for (const ending of endings) ending.abort();
  const shared = new Set(frames.flat());
  expect(frames.every(({ length }) => length === 1)).toBe(true);
  expect(shared.size).toBe(1);
  expect([...shared][0]?.toString()).toContain(one.session);
});
