import { once } from "node:events";
import net from "node:net";
import { expect, it, vi } from "vitest";
import { openNotifications } from "./notify.ts";
import { testDatabase } from "./testing.ts";

/** How long something may take that is sure to come. */
const patient = { timeout: 60_000 };

it("hears what is notified, and that listening began", async () => {
  await using database = await testDatabase();
  const notifications = openNotifications(database.url);
  const heard: (string | undefined)[] = [];
  const others: (string | undefined)[] = [];
  const end = notifications.subscribe("Events é", (payload) => heard.push(payload));
  notifications.subscribe("other", (payload) => others.push(payload));
  await vi.waitFor(() => expect([heard, others]).toEqual([[undefined], [undefined]]), patient);

  await database.pool.query(`select pg_notify('Events é', 'one'), pg_notify('Events é', '')`);
  await vi.waitFor(() => expect(heard).toEqual([undefined, "one", ""]), patient);

  end();
  await database.pool.query(`select pg_notify('Events é', 'unheard'), pg_notify('other', 'last')`);
  await vi.waitFor(() => expect(others).toEqual([undefined, "last"]), patient);
  expect(heard).toEqual([undefined, "one", ""]);
  expect(() => notifications.subscribe("x".repeat(64), () => {})).toThrow(RangeError);
  await notifications.close();
});

it("listens again by itself after its connection was cut, and says that there was a gap", async () => {
  await using database = await testDatabase();
  const notifications = openNotifications(database.url);
  const heard: (string | undefined)[] = [];
  notifications.subscribe("events", (payload) => heard.push(payload));
  await vi.waitFor(() => expect(heard).toEqual([undefined]), patient);
  for (const round of [1, 2]) {
    const { rows } = await database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'tutti notifications' and datname = current_database()`,
    );
    expect(rows).toHaveLength(1);
    await vi.waitFor(() => expect(heard).toHaveLength(2 * round), patient);
    expect(heard.at(-1)).toBeUndefined();
    await database.pool.query(`select pg_notify('events', 'round ${round}')`);
    await vi.waitFor(() => expect(heard.at(-1)).toBe(`round ${round}`), patient);
  }
  await notifications.close();
});

it("waits for a database that is away, and closes while it is", async () => {
  const deaf = net.createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(deaf, "listening");
  const address = deaf.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const notifications = openNotifications(`postgresql://me:pw@127.0.0.1:${address.port}/none`);
  const heard = vi.fn();
  notifications.subscribe("events", heard);
  await once(deaf, "connection");
  await once(deaf, "connection");
  await notifications.close();
  expect(heard).not.toHaveBeenCalled();
  deaf.close();
});
