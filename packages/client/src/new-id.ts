/**
 * Makes an id that nobody else has: a prefix, and a random UUID. Made from `getRandomValues` alone, since browsers have
 * `randomUUID` in secure contexts only.
 */
export function newId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  // Version 4, variant 1.
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return `${prefix}-${parts.join("-")}`;
}

const letters = "abcdefghjkmnpqrstuvwxyz23456789";

/** An id for a person's session: eight letters and digits, since people type it and branches are named by it. */
export const newSessionId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => letters[byte % letters.length]).join("");
