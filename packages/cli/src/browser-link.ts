/** Links that sign one browser in: what they are, and how a person is told of them. */
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { Client } from "@tutti/client";
import { renderUnicodeCompact } from "uqr";
import type { Cli } from "./cli.ts";
import { lanAddresses } from "./lan-addresses.ts";

export interface BrowserLink {
  url: string;
  expiresAt: string;
}

/**
 * Makes a link that signs a browser in, once.
 *
 * @param base the server's address, as that browser is to ask for it
 * @param next the path of the page that it leads on to
 */
export async function makeLink(client: Client, base: string, next?: string): Promise<BrowserLink> {
  const { path, expiresAt } = await client.signInLink();
  const onwards = next === undefined ? "" : `&next=${encodeURIComponent(next)}`;
  return { url: `${base}${path}${onwards}`, expiresAt };
}

/**
 * The addresses of a server for other machines of the network, the likeliest first. One that goes by a name has that: its
 * certificate is for no other.
 */
export function lanUrls(url: string): string[] {
  const { protocol, hostname, port } = new URL(url);
  const named = hostname !== "localhost" && isIP(hostname.replace(/^\[|\]$/g, "")) === 0;
  if (named) return [url];
  return lanAddresses(networkInterfaces()).map(
    (address) => `${protocol}//${address}${port === "" ? "" : `:${port}`}`,
  );
}

/** Shows a link to a phone's camera. */
export function sayLinkAsCode(cli: Cli, url: string): void {
  const lines = renderUnicodeCompact(url, { border: 2 }).split("\n");
  const [first = ""] = lines;
  if (cli.stderr.isTTY && cli.stderr.columns < first.length) {
    cli.say(`The terminal is too narrow for the code: ${first.length} columns are needed.`);
    return;
  }
  for (const line of lines) cli.say([{ text: line, look: "code" }]);
}

/** What a person knows before they go on with a phone. */
export function sayPhoneLimits(cli: Cli, url: string): void {
  if (url.startsWith("https:")) return;
  const text =
    "Without TLS the app works on the phone, but installing it, notifications and biometrics need a secure address: see docs/web-access.md (Tailscale, cloudflared, ssh -L, --tls-cert).";
  cli.say([{ text, look: "yellow" }]);
}
