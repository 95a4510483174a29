import type { Policy, Ruling, Situation, ToolCall } from "@tutti/core";
import { z } from "zod";
import { matchesAny } from "./shared/globs.ts";
import { networkHosts } from "./shared/network-hosts.ts";

const usual = [
  "localhost",
  "*.localhost",
  "127.*",
  "::1",
  // Code hosts.
  "{,*.}github.com",
  "*.githubusercontent.com",
  "{,*.}gitlab.com",
  "{,*.}bitbucket.org",
  "codeberg.org",
  // Package registries.
  "registry.{npmjs.org,yarnpkg.com}",
  "{,*.}npmjs.com",
  "{,*.}pypi.org",
  "files.pythonhosted.org",
  "{,*.}crates.io",
  "{proxy,sum}.golang.org",
  "{,*.}rubygems.org",
  "repo.maven.apache.org",
  "repo1.maven.org",
  "{,*.}packagist.org",
  "{deb,security}.debian.org",
  "{archive,security}.ubuntu.com",
  "{dl-cdn,registry}.alpinelinux.org",
  "nodejs.org",
];

const params = z.strictObject({
  hosts: z
    .array(z.string().min(1))
    .default(usual)
    .describe("Globs of hosts that may be reached: local ones, code hosts and package registries."),
  never: z
    .array(z.string().min(1))
    .default(["169.254.*", "fd00:ec2::254", "metadata.google.internal", "metadata.azure.internal"])
    .describe("Globs of hosts that are never reached: those that hand out a cloud machine's credentials."),
  effect: z.enum(["ask", "deny"]).default("ask").describe("What happens when another host is to be reached."),
});
type Params = z.infer<typeof params>;

/**
 * Web tools are known by the addresses in their input. Of shell commands, those that reach out are read: curl, wget, git, ssh,
 * package managers and the like. What a program does of itself is seen by the way out of a confined session alone.
 */
export const allowedHosts: Policy<Params> = {
  name: "allowed-hosts",
  summary: "Package registries and code hosts are reached freely; another host is asked about.",
  phases: ["tool-call"],
  params,
  evaluate(action, wanted, _state, situation) {
    if (action.phase !== "tool-call") return undefined;
    const rulings = hostsOf(action.call, situation).flatMap((host) => hostRuling(wanted, host) ?? []);
    return rulings.find(({ effect }) => effect === "deny") ?? rulings[0];
  },
};

/** What the policy says of a host, as it is named by a URL or by whoever opens a connection; undefined when it may be reached. */
export function hostRuling(
  { hosts, never, effect }: Params,
  named: string,
): Exclude<Ruling, { effect: "allow" }> | undefined {
  const host = hostOf(named);
  if (host === undefined) return { effect: "deny", reason: `${JSON.stringify(named)} is no host.` };
  if (matchesAny(never, host))
    return { effect: "deny", reason: `${host} hands out credentials and is never reached.` };
  if (matchesAny(hosts, host)) return undefined;
  return {
    effect,
    reason: `${host} is not on the list of hosts that are reached freely.`,
    weight: "leaves-machine",
  };
}

/** A host in the one spelling that it has in a URL: lower case, numbers as an address, without a last dot. */
export function hostOf(named: string): string | undefined {
  const bare =
    named.includes(":") && !named.includes("[") && !/^[^:]+:\d+$/.test(named) ? `[${named}]` : named;
  const { hostname } = URL.parse(`http://${bare}/`) ?? {};
  return hostname?.replace(/^\[|\]$|\.$/g, "") || undefined;
}

function hostsOf(call: ToolCall, { workspace }: Situation): string[] {
  if (call.kind === "web") return [...new Set(urlsIn(call.input))];
  return call.kind === "shell" ? networkHosts(call.command ?? "", call.cwd ?? workspace ?? undefined) : [];
}

/** Hosts of the addresses in a web tool's input; one without any, such as a search, is up to its vendor. */
function urlsIn(input: unknown): string[] {
  if (typeof input === "string")
    return [...input.matchAll(/\bhttps?:\/\/[^\s"'<>]+/gi)].flatMap(
      ([url]) => URL.parse(url)?.hostname ?? [],
    );
  if (typeof input !== "object" || input === null) return [];
  return Object.entries(input).flatMap(([key, value]: [string, unknown]) =>
    /^(url|uri|host)$/i.test(key) && typeof value === "string" && !/^[a-z]+:\/\//i.test(value)
      ? (URL.parse(`https://${value}`)?.hostname ?? [])
      : urlsIn(value),
  );
}
