import path from "node:path";
import webPush from "web-push";
import { keptSecret } from "../access/kept-secret.ts";

/** What this server shows push services, so that they take messages for its devices from nobody else. URL-safe base64. */
export interface ServerKeys {
  publicKey: string;
  privateKey: string;
}

/** Reads the keys, which are made at the first start: devices are bound to them, and would be lost with them. */
export async function openServerKeys(stateDir: string): Promise<ServerKeys> {
  const file = path.join(stateDir, "push.keys");
  const kept = await keptSecret(file, () => JSON.stringify(webPush.generateVAPIDKeys()));
  const keys = keysIn(kept);
  if (!keys) throw new Error(`${file} holds no keys: remove it, start again, and have devices told anew.`);
  return keys;
}

function keysIn(text: string): ServerKeys | undefined {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found !== "object" || found === null) return undefined;
    const { publicKey, privateKey } = { publicKey: undefined, privateKey: undefined, ...found } as Record<
      keyof ServerKeys,
      unknown
    >;
    return typeof publicKey === "string" && typeof privateKey === "string"
      ? { publicKey, privateKey }
      : undefined;
  } catch {
    return undefined;
  }
}
