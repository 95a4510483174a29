/** An address as anybody may see it: without userinfo, query and fragment. A path and `host:path` stay as they are. */
export function publicUrl(url: string): string {
  return url.includes("://") ? withoutUserinfo(url).replace(/[?#].*$/s, "") : url;
}

const withoutUserinfo = (text: string): string =>
  text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#'"<>]*@/gi, "$1");

/** What of an address or of a header's value opens a door. */
export function secretsIn(text: string): string[] {
  const userinfo = [...text.matchAll(/[a-z][a-z0-9+.-]*:\/\/([^\s/?#]*)@/gi)].flatMap(([, found = ""]) => [
    found,
    ...found.split(":"),
  ]);
  const query = /:\/\/[^#]*\?([^#]+)/.exec(text)?.[1] ?? "";
  const header = /^[\w-]+:\s*(?:\w+\s+)?(\S+)\s*$/.exec(text)?.[1] ?? "";
  return [...userinfo, ...query.split("&").map((pair) => pair.slice(pair.indexOf("=") + 1)), header]
    .flatMap((secret) => [secret, decoded(secret)])
    .filter((secret) => secret.length >= 4);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Words of git or of a remote, fit for an agent's eyes and a terminal: no secret, no userinfo, no control character but the line's end. */
export function redact(text: string, secrets: readonly string[]): string {
  const longestFirst = [...secrets].sort((one, other) => other.length - one.length);
  const safe = longestFirst.reduce((said, secret) => said.replaceAll(secret, "***"), withoutUserinfo(text));
  return safe.replace(/[^\P{C}\n]/gu, "");
}
