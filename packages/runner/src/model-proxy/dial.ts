import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";

/** Every address of a host; an address is its own. Rejects when there is none, or after ten seconds. */
export async function resolveHost(host: string): Promise<string[]> {
  if (isIP(host)) return [host];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("its name was not resolved in time")), 10_000);
  });
  try {
    const found = await Promise.race([lookup(host, { all: true }), late]);
    return found.map(({ address }) => address);
  } finally {
    clearTimeout(timer);
  }
}

/** Connects to the first of some addresses that answers; no name is resolved again. */
export function dialAddresses(addresses: readonly string[], port: number): Socket {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return connect({
    // A name that means nothing: the addresses stand in its place.
    host: "resolved.invalid",
    port,
    allowHalfOpen: true,
    noDelay: true,
    autoSelectFamily: true,
    lookup: (_host, _options, done) => done(null, found),
  });
}
