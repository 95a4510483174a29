import type { CommandEnvelope } from "@tutti/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Notifications, openNotifications } from "../database/notify.ts";
import { type TestDatabase, testDatabase } from "../database/testing.ts";
import { openGovernance } from "../governance/index.ts";
import { type Hub, openHub } from "../log/hub.ts";
import { createSession } from "../testing.ts";
import { expire } from "./expiry.ts";
import { openSessions, type Sessions } from "./index.ts";

let database: TestDatabase;
let notifications: Notifications;
let hub: Hub;
let sessions: Sessions;
let count = 0;
const fresh = (what: string) => `${what}-${++count}-of-expiry`;
let clock = Date.parse("2030-01-01T00:00:00Z");
const now = () => new Date(clock);

beforeAll(async () => {
  database = await testDatabase();
  notifications = openNotifications(database.url);
  hub = await openHub({ database, notifications, onFault: (error) => expect.unreachable(String(error)) });
  sessions = openSessions({
    database,
    hub,
    governance: openGovernance({ standing: [] }),
    admit: () => undefined,
    now,
  });
});
afterAll(async () => {
  await hub.stop();
  await notifications.close();
  await database.close();
});

const send = (session: string, command: CommandEnvelope["command"]) =>
  sessions.dispatch(
    { id: fresh("command"), session, command },
    { kind: "orchestration", name: "test" },
    "orchestration",
  );
const looked = () =>
  expire({
    database,
    dispatch: sessions.dispatch,
    now,
    onFault: (error) => expect.unreachable(String(error)),
  });

/** A session with a question, in which nobody's answer is a no after ten minutes, or never. */
async function asking(onNoAnswer: boolean): Promise<{ session: string; approval: string }> {
  const [session, approval] = [fresh("session"), fresh("approval")];
  const create = createSession(onNoAnswer ? { onNoAnswer: { denyAfterMinutes: 10 } } : {});
  expect(await send(session, create)).toMatchObject({ ok: true });
  const subject = { kind: "trust" as const, repository: "/r", hash: "h", items: [] };
  expect(await send(session, { type: "approval.request", approval, subject })).toMatchObject({ ok: true });
  return { session, approval };
}
const answerOf = async ({ session, approval }: { session: string; approval: string }) =>
  (await sessions.readState(session))?.approvals[approval]?.answered;

test("a question that nobody answers in time is a no; another waits as long as it takes", async () => {
  const due = await asking(true);
  const patient = await asking(false);
  clock += 9 * 60_000;
  await looked();
  expect(await answerOf(due)).toBeUndefined();
  clock += 2 * 60_000;
  await looked();
  await looked();
  expect(await answerOf(due)).toMatchObject({
    answer: "deny",
    via: "no-answer",
    reason: expect.stringMatching(/in time/),
  });
  expect(await answerOf(patient)).toBeUndefined();
});

test("an answer in time stands", async () => {
  const asked = await asking(true);
  await sessions.dispatch(
    {
      id: fresh("command"),
      session: asked.session,
      command: { type: "approval.resolve", approval: asked.approval, answer: "allow" },
    },
    { kind: "person", name: "ada" },
    "person",
  );
  clock += 60 * 60_000;
  await looked();
  expect(await answerOf(asked)).toMatchObject({ answer: "allow", by: { name: "ada" } });
});
