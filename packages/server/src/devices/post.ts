import { createHash } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import type { DeviceMessage, PushSubscription } from "@tutti/core";
import webPush from "web-push";
import { endpointProblem, type LocalPushServices, lookUpPublicly, NotPublicError } from "./push-services.ts";
import type { ServerKeys } from "./server-keys.ts";

/** What became of a message: its service took it, knows the device no more, may take it later, or it goes nowhere. */
export type Posted = "taken" | "gone" | "later" | { refused: string };

/** How long a push service may take to answer, in milliseconds. */
const patienceMs = 10_000;
/** How long a push service keeps a message for a device that is off, in seconds. */
const keptSeconds = 24 * 60 * 60;
/** Whom a push service may turn to. Nobody is there: the server is a person's own, and tells no address of theirs. */
const contact = "mailto:tutti@example.org";

/**
 * Sends a message to a device, once, encrypted so that its push service cannot read it. Rejects when the service cannot be
 * reached or does not answer in time.
 */
export async function postMessage(
  { endpoint, keys }: PushSubscription,
  message: DeviceMessage,
  by: ServerKeys,
  { local, signal }: { local: LocalPushServices | undefined; signal: AbortSignal },
): Promise<Posted> {
  // What was taken once is looked at again: no rule may be passed by a row that is older than it.
  const problem = endpointProblem(endpoint, local);
  if (problem !== undefined) return { refused: problem };
  const { cipherText } = webPush.encrypt(keys.p256dh, keys.auth, JSON.stringify(message), "aes128gcm");
  const { origin } = new URL(endpoint);
  const shown = webPush.getVapidHeaders(origin, contact, by.publicKey, by.privateKey, "aes128gcm");
  const closes = "close" in message;
  const asked = request(endpoint, {
    method: "POST",
    headers: {
      ...shown,
      "content-encoding": "aes128gcm",
      "content-length": cipherText.length,
      "content-type": "application/octet-stream",
      ttl: keptSeconds,
      // While a device is off, the later message of a tag takes the earlier one's place.
      topic: createHash("sha256")
        .update(closes ? message.close : message.tag)
        .digest("base64url")
        .slice(0, 32),
      urgency: closes ? "normal" : "high",
    },
    agent: false,
    ...(local ? { ca: local.ca } : { lookup: lookUpPublicly }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
  });
  asked.end(cipherText);
  let status: number;
  try {
    const [answer]: IncomingMessage[] = await once(asked, "response");
    status = answer?.statusCode ?? 0;
  } catch (error) {
    if (error instanceof NotPublicError) return { refused: error.message };
    throw error;
  }
  // An end that comes after the answer is nobody's concern.
  asked.on("error", () => {});
  asked.destroy();
  if (status >= 200 && status < 300) return "taken";
  if (status === 404 || status === 410) return "gone";
  return status === 429 || status >= 500 ? "later" : { refused: `its push service answers ${status}` };
}
