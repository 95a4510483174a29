/** Headers that are about one connection, not about the message. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The headers of a message that go on to the next hop, by lower-case name: without those that are about this connection. */
export function endToEnd(headers: NodeJS.Dict<string[]>): Record<string, string[]> {
  const named = new Set(
    (headers.connection ?? []).flatMap((line) => line.split(",")).map((name) => name.trim().toLowerCase()),
  );
  const kept: Record<string, string[]> = {};
  for (const [name, values] of Object.entries(headers))
    if (values && !hopByHop.has(name) && !named.has(name)) kept[name] = values;
  return kept;
}
