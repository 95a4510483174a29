import { createHash } from "node:crypto";
import type { CommandEnvelope } from "@tutti/core";

/**
 * Tells whether two commands under one idempotency key are the same: a hash of session and content. The lease is no part
 * of it, since a host that joined anew may repeat what it sent before.
 */
export function fingerprintOf({ session, command }: CommandEnvelope): string {
  return createHash("sha256")
    .update(JSON.stringify([session, command], sorted))
    .digest("hex");
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
