import { isName, shortHash } from "../workspace/layout.ts";
import { type GitPlace, gitLines, gitOutput, withSettings } from "./git-place.ts";
import { publicUrl, secretsIn } from "./redaction.ts";
import { isRefName } from "./ref-name.ts";

/** A remote of the user's repository, as the user's own git understands it. */
export interface Remote {
  name: string;
  /** Its word in the gate's paths. */
  slug: string;
  fetch: Address;
  push: Address;
  /** Why nothing can be pushed to it, in a person's words. */
  unpushable?: string;
  /** Must never reach the agent. */
  secrets: string[];
}

/** One side of a remote. */
export interface Address {
  /** What git is told: a remote's name, known to it through `env`. */
  alias: string;
  /** Without credentials. */
  url: string;
  /** Names the gate repository that mirrors it. */
  key: string;
  env: NodeJS.ProcessEnv;
}

const PUSH_ALIAS = "tutti-push-address";

/** GIT_* variables that belong to a person and not to one call of git. */
const KEPT =
  /^GIT_(ASKPASS|SSH|SSH_COMMAND|SSH_VARIANT|PROXY_COMMAND|ALLOW_PROTOCOL|PROTOCOL_FROM_USER|EXEC_PATH|HTTP_\w+|SSL_\w+|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|(KEY|VALUE)_\d+)|CEILING_DIRECTORIES)$/;

/** The person's environment for git: their credentials and settings, and nothing that points at a repository or traces secrets. */
export function personsEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !name.startsWith("GIT_") || KEPT.test(name));
  return {
    ...Object.fromEntries(kept),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
  };
}

/** What the user's own settings must not do when Tutti talks to a remote for them. */
const OURS: readonly (readonly [string, string])[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.bare", "true"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["fetch.recurseSubmodules", "false"],
  ["fetch.writeCommitGraph", "false"],
  ["push.followTags", "false"],
  ["push.recurseSubmodules", "no"],
  ["push.gpgSign", "false"],
  ["push.pushOption", ""],
];

/** Settings of a repository that say how a remote is reached. */
const reaches = (key: string): boolean =>
  /^(credential|http|ssh|protocol|url|safe)\./.test(key) ||
  /^core\.(sshcommand|gitproxy|askpass|compression|bigfilethreshold)$/.test(key) ||
  /^pack\./.test(key) ||
  /^remote\..+\.(url|pushurl|proxy|proxyauthmethod|receivepack|uploadpack|vcs)$/s.test(key);

interface Setting {
  origin: string;
  key: string;
  value: string;
}

async function settingsAt(place: GitPlace): Promise<Setting[]> {
  const fields = (await gitOutput(place, ["config", "--list", "--show-origin", "--includes", "-z"])).split(
    "\0",
  );
  const settings: Setting[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [origin = "", entry = ""] = fields.slice(index, index + 2);
    const cut = entry.indexOf("\n");
    settings.push({
      origin,
      key: cut < 0 ? entry : entry.slice(0, cut),
      value: cut < 0 ? "true" : entry.slice(cut + 1),
    });
  }
  return settings;
}

/**
 * Answers the remotes of the user's repository as its settings are when it is called. What the repository's own settings (and those that are included for it alone) say of
 * the way to a remote is carried along as environment, so that git in a gate repository reaches the remote as the user's git does.
 *
 * @param home the user's repository: `cwd` its root, the person's environment
 * @param elsewhere a repository that has no settings of its own, same environment
 */
export function remotesReader(home: GitPlace, elsewhere: GitPlace): () => Promise<Remote[]> {
  let seen = "";
  let remotes: Remote[] = [];
  return async () => {
    const [here, there] = await Promise.all([settingsAt(home), settingsAt(elsewhere)]);
    const now = JSON.stringify([here, there]);
    if (now !== seen) {
      remotes = await remotesIn(home, here, there);
      seen = now;
    }
    return remotes;
  };
}

async function remotesIn(
  home: GitPlace,
  here: readonly Setting[],
  there: readonly Setting[],
): Promise<Remote[]> {
  const known = new Set(there.map(({ origin }) => origin));
  const own = here.filter(({ origin, key }) => !known.has(origin) && reaches(key));
  const carried = [...own.map(({ key, value }) => [key, value] as const), ...OURS];
  const secrets = here.flatMap(({ key, value }) =>
    /^(remote\..*url|url\.|http\..*(extraheader|proxy|cookie))/.test(key)
      ? secretsIn(value).concat(secretsIn(key))
      : [],
  );
  const names = new Set(here.flatMap(({ key }) => /^remote\.(.+)\.(?:url|pushurl)$/s.exec(key)?.[1] ?? []));
  const _setting = (key: string) => here.findLast((one) => one.key === key)?.value;
  const usable = [...names].filter((name) => isRefName(`refs/remotes/${name}/x`) && !name.startsWith("-"));
  return Promise.all(
    usable.map(async (name) => {
      const [fetched = ""] = await gitLines(home, ["remote", "get-url", name]);
      const [pushed = fetched, ...more] = await gitLines(home, [
        "remote",
        "get-url",
        "--push",
        "--all",
        name,
      ]);
      const slug = isName(name) ? name : shortHash(name);
      const address = (alias: string, url: string, settings = carried): Address => ({
        alias,
        url: publicUrl(url),
        key: `${slug}-${shortHash(url.includes("://") ? publicUrl(url) : url).slice(0, 12)}`,
        env: withSettings(home.env, settings),
      });
      const fetch = address(name, fetched);
      return {
        name,
        slug,
        fetch,
        push:
          pushed === fetched
            ? fetch
            : address(PUSH_ALIAS, pushed, [...carried, [`remote.${PUSH_ALIAS}.url`, pushed]]),
        ...(more.length > 0 && {
          unpushable: `${name} has ${more.length + 1} push addresses: the gate serves remotes with one`,
        }),
        secrets: [...new Set([...secrets, ...secretsIn(fetched), ...secretsIn(pushed)])],
      };
    }),
  );
}
