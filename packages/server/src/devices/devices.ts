/** The person's devices: browsers that are told what needs the person while nobody looks at the app. */
import type { DeviceMessage } from "@tutti/core";
import type { Database } from "../database/pool.ts";
import { openOutbox } from "./outbox.ts";
import { postMessage } from "./post.ts";
import { endpointProblem, type LocalPushServices } from "./push-services.ts";
import { openServerKeys } from "./server-keys.ts";
import { openSubscriptions, type Subscriptions } from "./subscriptions.ts";

export interface Devices extends Pick<Subscriptions, "add" | "remove"> {
  /** What a browser's subscription is bound to. */
  readonly publicKey: string;
  /** Why an endpoint is not taken; undefined when it is. */
  problemOf(endpoint: string): string | undefined;
  /** Whether there is anybody to tell. */
  any(): Promise<boolean>;
  /** Sets a message on its way to every device. Rejects when the devices cannot be read. */
  tell(message: DeviceMessage): Promise<void>;
  /** Gives up what is on its way. */
  close(): Promise<void>;
}

export async function openDevices(parts: {
  database: Database;
  stateDir: string;
  now(): Date;
  local: LocalPushServices | undefined;
  log(message: string, error?: unknown): void;
}): Promise<Devices> {
  const { database, stateDir, now, local, log } = parts;
  const keys = await openServerKeys(stateDir);
  const subscriptions = openSubscriptions(database, now);
  const outbox = openOutbox({
    post: (device, message, signal) => postMessage(device, message, keys, { local, signal }),
    forget: (endpoint) => subscriptions.remove(endpoint),
    onLost: (host, why) => log(`a message to a device at ${host} was given up`, why),
  });
  return {
    publicKey: keys.publicKey,
    problemOf: (endpoint) => endpointProblem(endpoint, local),
    add: subscriptions.add,
    remove: subscriptions.remove,
    any: async () => (await subscriptions.list()).length > 0,
    async tell(message) {
      for (const device of await subscriptions.list()) outbox.send(device, message);
    },
    close: outbox.close,
  };
}
