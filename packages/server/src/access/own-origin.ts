/** What a browser says of where a request comes from. */
export interface RequestOrigin {
  method: string;
  /** As the request asked for this server, its port included. */
  host: string;
  origin: string | undefined;
  /** `Sec-Fetch-Site` and `Sec-Fetch-Mode`, which pages cannot set. */
  site: string | undefined;
  mode: string | undefined;
  /** It asks for a WebSocket. */
  socket?: boolean;
}

/**
 * Whether a request that comes with a cookie was made by this server's own pages or the person, not by another page: a browser
 * adds the cookie to whatever is asked of this name, and a page of another port of the same machine counts as the same site.
 * Requests that change something must say where they come from. A WebSocket must name its origin, as every browser does:
 * nothing else keeps another page from reading it.
 */
export function isOwnRequest({ method, host, origin, site, mode, socket }: RequestOrigin): boolean {
  const reads = method === "GET" || method === "HEAD";
  if (origin !== undefined) return isOrigin(origin, host);
  if (socket) return false;
  if (site === undefined) return reads;
  // The person typed the address or followed a link to a page.
  if (reads && (site === "none" || mode === "navigate")) return true;
  return site === "same-origin";
}

function isOrigin(origin: string, host: string): boolean {
  const own = URL.parse(origin);
  if (!own || own.origin !== origin || !["http:", "https:"].includes(own.protocol)) return false;
  // Either may leave out the port that its scheme implies.
  return URL.parse(`${own.protocol}//${host}`)?.host === own.host;
}
