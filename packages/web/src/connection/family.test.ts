import type { Client } from "@tutti/client";
import { type Event, foldAll, type LoggedEvent, sessionSpecSchema } from "@tutti/core";
import { expect, test } from "vitest";
import { openFamily } from "./family.ts";
import type { Hub, Reader } from "./hub.ts";

const spec = sessionSpecSchema.parse({ title: "t", agent: "a", host: "h" });
const at = "2030-01-01T00:00:00.000Z";
const logged = (seq: number, position: number, event: Event, session = "root"): LoggedEvent => ({
  ...{ session, seq, position, at, by: { kind: "person", name: "ada" }, event },
});
const created = logged(1, 10, { type: "session.created", spec });
const turn = (seq: number, position: number) =>
  logged(seq, position, { type: "turn.started", turn: `t${seq}`, text: "do it", origin: "prompt" });

/** A server on which the root's log ends early, and others' go on up to `position`. */
function stage(log: readonly LoggedEvent[], position: number) {
  const asked: string[] = [];
  const joined: { reader: Reader; after: number | undefined }[] = [];
  const client = {
    family: async () => {
      asked.push("family");
      return { root: foldAll(log), children: [], position };
    },
    timeline: async () => {
      asked.push("timeline");
      return { events: [...log], more: false };
    },
  } as unknown as Client;
  const hub: Hub = {
    join(reader, after) {
      joined.push({ reader, after });
      return () => {};
    },
    reconnect: () => {},
  };
  const family = openFamily({ client, hub }, "root", (work) => work());
  const settled = new Promise<void>((resolve) => {
    const unsubscribe = family.subscribe(() => {
      unsubscribe();
      resolve();
    });
  });
  return { family, asked, joined, settled };
}

test("goes on from where the states were read, however long ago its own log ended", async () => {
  const { asked, joined, settled } = stage([created], 500);
  await settled;
  expect(asked).toEqual(["family", "timeline"]);
  expect(joined.map(({ after }) => after)).toEqual([500]);
});

test("shows an event once, whether the states, the page or the stream bring it", async () => {
  const { family, joined, settled } = stage([created, turn(2, 20)], 15);
  await settled;
  joined[0]?.reader.message({ kind: "event", event: turn(2, 20) });
  joined[0]?.reader.message({
    kind: "event",
    event: logged(3, 21, { type: "session.closed", reason: "done" }),
  });
  const state = family.get();
  expect(state.status === "live" && state.view.events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(state.status === "live" && state.view.root.closed).toBe("done");
});

test("begins anew where the stream has a gap", async () => {
  const { asked, joined, settled } = stage([created], 500);
  await settled;
  joined[0]?.reader.gap();
  expect(asked).toEqual(["family", "timeline", "family"]);
});
