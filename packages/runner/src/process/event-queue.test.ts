import { expect, test } from "vitest";
import { eventQueue } from "./event-queue.ts";

test("a reader gets everything in order, and the last event ends its loop", async () => {
  const queue = eventQueue<number>();
  queue.push(1);
  const seen: number[] = [];
  const reading = (async () => {
    for await (const event of queue.events) seen.push(event);
  })();
  await Promise.resolve();
  queue.push(2);
  queue.end(3);
  queue.end(4);
  queue.push(5);
  await reading;
  expect(seen).toEqual([1, 2, 3]);
  expect(queue.ended).toBe(true);
});

test("a writer that waits for room is held until the reader has taken what waits", async () => {
  const queue = eventQueue<number>(2);
  await queue.room();
  queue.push(1);
  queue.push(2);
  let free = false;
  const held = queue.room().then(() => {
    free = true;
  });
  await Promise.resolve();
  expect(free).toBe(false);
  const reader = queue.events[Symbol.asyncIterator]();
  expect(await reader.next()).toEqual({ done: false, value: 1 });
  await held;
});

test("a reader that leaves lets the writers go on", async () => {
  const queue = eventQueue<number>(1);
  queue.push(1);
  for await (const _ of queue.events) break;
  queue.push(2);
  queue.push(3);
  await queue.room();
  queue.end(4);
});
