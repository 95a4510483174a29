import { setTimeout as delay } from "node:timers/promises";
import type { DeviceMessage, PushSubscription } from "@tutti/core";
import type { Posted } from "./post.ts";

export interface OutboxParts {
  post(device: PushSubscription, message: DeviceMessage, signal: AbortSignal): Promise<Posted>;
  /** A device that its push service knows no more. */
  forget(endpoint: string): Promise<unknown>;
  /** A message did not reach a device, and is not tried again. */
  onLost(host: string, why: unknown): void;
}

/**
 * Messages on their way: in order for each device, devices apart from each other, and nobody waits for them. They live in
 * memory: one that is lost costs a person a hint, not the question, which waits in the inbox.
 */
export interface Outbox {
  send(device: PushSubscription, message: DeviceMessage): void;
  /** Gives up what is on its way, and resolves when nothing is any more. */
  close(): Promise<void>;
}

/** A device takes no more than this many at once. */
const mostWaiting = 50;
/** Pauses before a message is tried again, in milliseconds. */
const pauses = [500, 5_000, 30_000];

export function openOutbox({ post, forget, onLost }: OutboxParts): Outbox {
  const stopping = new AbortController();
  const { signal } = stopping;
  const lines = new Map<string, { waiting: number; tail: Promise<void> }>();

  async function deliver(device: PushSubscription, message: DeviceMessage): Promise<void> {
    let why: unknown;
    for (const pause of [0, ...pauses]) {
      await delay(pause, undefined, { signal });
      const posted = await post(device, message, signal).catch((error: unknown) => {
        why = error;
        return "later" as const;
      });
      if (posted === "taken") return;
      if (posted === "gone") {
        await forget(device.endpoint);
        return;
      }
      if (posted !== "later") throw new Error(posted.refused);
      why ??= new Error("its push service is busy");
    }
    throw why;
  }

  return {
    send(device, message) {
      const { endpoint } = device;
      const line = lines.get(endpoint) ?? { waiting: 0, tail: Promise.resolve() };
      const lost = (error: unknown) => {
        // The address itself is the device's secret.
        if (!signal.aborted) onLost(new URL(endpoint).host, error);
      };
      if (line.waiting >= mostWaiting) return lost("too many messages wait for it");
      line.waiting += 1;
      line.tail = line.tail
        .then(() => deliver(device, message))
        .catch(lost)
        .finally(() => {
          line.waiting -= 1;
          if (line.waiting === 0) lines.delete(endpoint);
        });
      lines.set(endpoint, line);
    },
    async close() {
      stopping.abort();
      await Promise.all([...lines.values()].map(({ tail }) => tail));
    },
  };
}
