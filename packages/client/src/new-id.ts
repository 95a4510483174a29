/**
 * A new id: the prefix, a dash and a random part. Lower case, as core's ids are; the prefix has at most 40 characters.
 * Not by `randomUUID`, which browsers keep from pages that came without TLS.
 */
export function newId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${prefix}-${hex}`;
}
