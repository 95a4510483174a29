/** The audit's chain: how a row is hashed. Fixed for ever: rows out there were hashed like this. */
import { createHash } from "node:crypto";
import type { AuditRow } from "@tutti/core";

/** What the first row names as the hash before it. */
export const noHash = "0".repeat(64);

/** JSON with keys in order and without spaces: the same value has the same text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
  return `{${fields.join(",")}}`;
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The hash of a row that goes on from `prev`. */
export const hashOf = ({ n, session, seq, at, by, kind, body, prev }: Omit<AuditRow, "hash">): string =>
  sha256(prev + canonicalJson({ n, session, seq, at, by, kind, body }));
