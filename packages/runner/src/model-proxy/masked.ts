import { Transform } from "node:stream";

/** A text with every occurrence of a secret made unreadable, of the same length. */
export const maskText = (text: string, secret: string): string =>
  secret === "" ? text : text.replaceAll(secret, "*".repeat(secret.length));

/**
 * Passes bytes on with every occurrence of a secret made unreadable, of the same length. Holds back only bytes that may be
 * the beginning of one, until it is known.
 */
export function maskBytes(secret: string): Transform {
  const wanted = Buffer.from(secret);
  const mask = Buffer.alloc(wanted.length, "*");
  let held = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + wanted.length))
        mask.copy(bytes, at);
      const begun = beginningAtEnd(bytes, wanted);
      held = Buffer.from(bytes.subarray(bytes.length - begun));
      done(null, bytes.subarray(0, bytes.length - begun));
    },
    flush(done) {
      done(null, held);
    },
  });
}

/** How many bytes at the end are a beginning of what is wanted. */
function beginningAtEnd(bytes: Buffer, wanted: Buffer): number {
  for (let length = Math.min(wanted.length - 1, bytes.length); length > 0; length--)
    if (bytes.subarray(bytes.length - length).equals(wanted.subarray(0, length))) return length;
  return 0;
}
