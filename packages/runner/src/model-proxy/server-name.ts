/** What the first bytes of a connection say of whom it is for. */
export type ServerName =
  /** Too little to tell. */
  | { kind: "unfinished" }
  | { kind: "named"; name: string }
  /** TLS that does not say for whom. */
  | { kind: "nameless" }
  | { kind: "not-tls" };

const handshakeRecord = 22;
const clientHello = 1;
const serverNameExtension = 0;
const hostNameType = 0;

/** Reads the server's name, in lower case, from the beginning of a TLS connection (RFC 8446 4.1.2, RFC 6066 3). */
export function serverNameIn(bytes: Buffer): ServerName {
  const message = handshakeIn(bytes);
  if (message.kind !== "whole") return { kind: message.kind };
  const { body } = message;
  try {
    // Version and random; then session id, cipher suites and compression methods, each with its length.
    let at = 2 + 32;
    at += 1 + body.readUInt8(at);
    at += 2 + body.readUInt16BE(at);
    at += 1 + body.readUInt8(at);
    if (at === body.length) return { kind: "nameless" };
    const end = at + 2 + body.readUInt16BE(at);
    at += 2;
    while (at < end) {
      const type = body.readUInt16BE(at);
      const length = body.readUInt16BE(at + 2);
      at += 4;
      // A list of one: its length, the kind of name, and the name with its length.
      if (type === serverNameExtension && body.readUInt8(at + 2) === hostNameType) {
        const from = at + 5;
        const to = from + body.readUInt16BE(at + 3);
        if (to !== at + length || to > body.length) return { kind: "not-tls" };
        return { kind: "named", name: body.toString("latin1", from, to).toLowerCase() };
      }
      at += length;
    }
    return { kind: "nameless" };
  } catch {
    // A length that leads beyond the end.
    return { kind: "not-tls" };
  }
}

type Handshake = { kind: "whole"; body: Buffer } | { kind: "unfinished" } | { kind: "not-tls" };

/** The first handshake message, which may be cut over several records. */
function handshakeIn(bytes: Buffer): Handshake {
  const parts: Buffer[] = [];
  let gathered = 0;
  for (let at = 0; ; ) {
    if (at < bytes.length && bytes[at] !== handshakeRecord) return { kind: "not-tls" };
    if (at + 5 > bytes.length) return { kind: "unfinished" };
    if (bytes[at + 1] !== 3) return { kind: "not-tls" };
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0) return { kind: "not-tls" };
    const part = bytes.subarray(at + 5, at + 5 + length);
    parts.push(part);
    gathered += part.length;
    if (gathered >= 4) {
      const message = Buffer.concat(parts);
      if (message[0] !== clientHello) return { kind: "not-tls" };
      const size = 4 + message.readUIntBE(1, 3);
      if (gathered >= size) return { kind: "whole", body: message.subarray(4, size) };
    }
    if (part.length < length) return { kind: "unfinished" };
    at += 5 + length;
  }
}
