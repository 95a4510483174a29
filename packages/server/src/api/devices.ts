import { ECDH } from "node:crypto";
import type { Devices } from "../devices/devices.ts";
import type { Endpoints } from "./endpoint.ts";
import { problem } from "./problem.ts";

export function deviceEndpoints({
  devices,
  person,
  version,
}: {
  devices: Devices;
  person: string;
  version: string;
}): Pick<Endpoints, "self" | "pushSubscribe" | "pushUnsubscribe"> {
  return {
    async self() {
      return { name: person, version, pushKey: devices.publicKey };
    },
    async pushSubscribe({ body, caller: { signIn } }) {
      if (signIn === undefined)
        return problem(
          "forbidden",
          "only a browser that is signed in is told: it is for as long as it stays so",
        );
      const { endpoint, keys } = body;
      const refused = devices.problemOf(endpoint);
      if (refused !== undefined) return problem("invalid", `endpoint: ${refused}`, { field: "endpoint" });
      if (!isPoint(keys.p256dh))
        return problem("invalid", "keys.p256dh: give a point of P-256 in URL-safe base64", {
          field: "keys.p256dh",
        });
      if (bytesOf(keys.auth).length !== 16)
        return problem("invalid", "keys.auth: give 16 bytes in URL-safe base64", { field: "keys.auth" });
      await devices.add(signIn, body);
      return {};
    },
    async pushUnsubscribe({ body: { endpoint } }) {
      return { removed: await devices.remove(endpoint) };
    },
  };
}

const bytesOf = (text: string): Buffer => Buffer.from(text, "base64url");

/** Whether a text is an uncompressed point of the curve: nothing can be encrypted for anything else. */
function isPoint(text: string): boolean {
  const bytes = bytesOf(text);
  if (bytes.length !== 65 || bytes[0] !== 4) return false;
  try {
    ECDH.convertKey(bytes, "prime256v1");
    return true;
  } catch {
    return false;
  }
}
