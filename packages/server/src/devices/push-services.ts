/** Which push services are spoken to: a browser names its own, and must not make this server reach into its networks. */
import { lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { isPublicAddress } from "@tutti/core";

/** For tests: push services may be on this machine, with certificates that are signed by this one (PEM). */
export interface LocalPushServices {
  ca: string;
}

/** Why an endpoint is not taken; undefined when it is. */
export function endpointProblem(endpoint: string, local: LocalPushServices | undefined): string | undefined {
  const url = URL.parse(endpoint);
  if (url?.protocol !== "https:" || url.username !== "" || url.password !== "")
    return "give an https address without credentials";
  const named = isIP(url.hostname.replace(/^\[|\]$/g, "")) === 0 && url.hostname.includes(".");
  return local || named ? undefined : "give an address whose host is a public name";
}

/** A name led to an address that is not of the public internet. */
export class NotPublicError extends Error {
  override readonly name = "NotPublicError";
}

/** Finds a host's addresses, and none when one of them is not of the public internet. */
export const lookUpPublicly: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, []);
    const inside = addresses.find(({ address }) => !isPublicAddress(address));
    if (inside)
      return done(new NotPublicError(`${hostname} leads to ${inside.address}, which is not public`), []);
    if (options.all) return done(null, addresses);
    const [first] = addresses;
    done(null, first?.address ?? "", first?.family);
  });
};
