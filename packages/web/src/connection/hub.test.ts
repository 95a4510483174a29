import type { Client, FollowAllOptions } from "@tutti/client";
import { ProblemError } from "@tutti/client";
import type { LoggedEvent } from "@tutti/core";
import { expect, test } from "vitest";
import { type Link, openHub, type Reader, type StreamMessage } from "./hub.ts";

const event = (position: number, session = "s"): LoggedEvent => ({
  session,
  seq: position,
  position,
  at: "2030-01-01T00:00:00.000Z",
  by: { kind: "person", name: "ada" },
  event: { type: "session.closed", reason: `${position}` },
});

/** A client whose stream says what a test pushes, and ends when the test fails it. */
function stage() {
  const opened: {
    after: number | undefined;
    say(message: StreamMessage): void;
    fail(error: Error): void;
    aborted: boolean;
  }[] = [];
  const client = {
    followAll: async function* ({ after, signal, onLink }: FollowAllOptions = {}) {
      const queue: (StreamMessage | Error)[] = [];
      let wake = () => {};
      const stream = {
        after,
        aborted: false,
        say(message: StreamMessage) {
          queue.push(message);
          wake();
        },
        fail(error: Error) {
          queue.push(error);
          wake();
        },
      };
      opened.push(stream);
      signal?.addEventListener("abort", () => {
        stream.aborted = true;
        wake();
      });
      onLink?.(true);
      while (!stream.aborted) {
        const next = queue.shift();
        if (next instanceof Error) throw next;
        if (next) yield next;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    },
  } satisfies Pick<Client, "followAll"> as unknown as Client;
  return { hub: openHub({ client, now: () => 7 }), opened };
}

function reader() {
  const heard: number[] = [];
  const texts: string[] = [];
  const links: Link["state"][] = [];
  let gaps = 0;
  const waiting: (() => void)[] = [];
  const tell = () => {
    for (const resume of waiting.splice(0)) resume();
  };
  const it: Reader = {
    message(message) {
      if (message.kind === "event") heard.push(message.event.position);
      else texts.push(`${message.whole ? "=" : "+"}${message.delta.text}`);
      tell();
    },
    link({ state }) {
      links.push(state);
      tell();
    },
    gap() {
      gaps += 1;
    },
  };
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return { it, heard, texts, links, until, gaps: () => gaps };
}

const delta = (text: string): StreamMessage => ({
  kind: "delta",
  whole: false,
  delta: { session: "s", turn: "t", item: "i", kind: "message", text },
});

test("one stream from the first reader's position serves everybody, each after its own", async () => {
  const { hub, opened } = stage();
  const [first, second] = [reader(), reader()];
  hub.join(first.it, 10);
  for (const position of [11, 12, 13]) opened[0]?.say({ kind: "event", event: event(position) });
  await first.until(() => first.heard.length === 3);
  hub.join(second.it, 12);
  opened[0]?.say({ kind: "event", event: event(14) });
  await second.until(() => second.heard.includes(14));
  expect(opened.map(({ after }) => after)).toEqual([10]);
  expect(first.heard).toEqual([11, 12, 13, 14]);
  expect(second.heard).toEqual([13, 14]);
});

test("who begins before what is kept is told of the gap", async () => {
  const { hub, opened } = stage();
  const [first, late] = [reader(), reader()];
  hub.join(first.it, 100);
  hub.join(late.it, 99);
  opened[0]?.say({ kind: "event", event: event(101) });
  await first.until(() => first.heard.length === 1);
  expect([first.gaps(), late.gaps()]).toEqual([0, 1]);
});

test("who has no position hears of the link alone, and begins no stream", async () => {
  const { hub, opened } = stage();
  const [watcher, first] = [reader(), reader()];
  hub.join(watcher.it);
  expect(opened).toEqual([]);
  hub.join(first.it, 1);
  opened[0]?.say({ kind: "event", event: event(2) });
  opened[0]?.say(delta("a"));
  await first.until(() => first.texts.length === 1);
  expect(watcher.heard).toEqual([]);
  expect(watcher.texts).toEqual([]);
  expect(watcher.links.at(-1)).toBe("connected");
});

test("who joins in the middle of an item gets its text so far; a whole item has none", async () => {
  const { hub, opened } = stage();
  const [first, second, third] = [reader(), reader(), reader()];
  hub.join(first.it, 1);
  opened[0]?.say(delta("one "));
  opened[0]?.say(delta("two"));
  await first.until(() => first.texts.length === 2);
  hub.join(second.it, 1);
  expect(second.texts).toEqual(["=one two"]);
  const whole = {
    ...event(2),
    event: { type: "item.added", turn: "t", item: { kind: "message", id: "i", text: "one two" } },
  };
  opened[0]?.say({ kind: "event", event: whole as LoggedEvent });
  await first.until(() => first.heard.length === 1);
  hub.join(third.it, 2);
  expect(third.texts).toEqual([]);
});

test("reconnecting goes on from the last event; who left hears nothing more", async () => {
  const { hub, opened } = stage();
  const [first, gone] = [reader(), reader()];
  hub.join(first.it, 1);
  const leave = hub.join(gone.it, 1);
  opened[0]?.say({ kind: "event", event: event(2) });
  await first.until(() => first.heard.length === 1);
  leave();
  hub.reconnect();
  expect(opened[0]?.aborted).toBe(true);
  expect(opened[1]?.after).toBe(2);
  opened[1]?.say({ kind: "event", event: event(3) });
  await first.until(() => first.heard.length === 2);
  expect(gone.heard).toEqual([2]);
});

test("a server that knows the browser no more is told apart from one that is away", async () => {
  const { hub, opened } = stage();
  const first = reader();
  hub.join(first.it, 1);
  const signedOut = { type: "urn:tutti:problem:unauthorized", title: "", status: 401, detail: "" };
  opened[0]?.fail(new ProblemError(signedOut));
  await first.until(() => first.links.at(-1) === "signed-out");
  expect(first.links).toEqual(["connecting", "connected", "signed-out"]);
});
