import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { type GitPlace, gitFields } from "../git.ts";
import { quoted } from "./object-folders.ts";

/** A git setting as `git config --list` names it, section and key in lower case. */
export interface Setting {
  key: string;
  value: string;
}

/** Every setting that git sees in a place, in the order in which later ones win. */
export async function settingsAt(place: GitPlace): Promise<Setting[]> {
  const fields = await gitFields(place, ["config", "--list", "-z"]);
  return fields.map((field) => {
    const end = field.indexOf("\n");
    // A key without "=" is true.
    return end === -1
      ? { key: field, value: "true" }
      : { key: field.slice(0, end), value: field.slice(end + 1) };
  });
}

/** Settings that decide how a file's content becomes an object: with any other value the agent would see changes that are none. */
const CONTENT =
  /^(core\.(filemode|symlinks|ignorecase|precomposeunicode|autocrlf|eol|safecrlf|bigfilethreshold|checkstat|trustctime)|filter\..+\.(clean|smudge|process|required)|merge\.conflictstyle)$/;
const REMOTE = /^remote\.(.+)\.(url|fetch|tagopt|prune|promisor|partialclonefilter)$/s;

export interface AgentConfig {
  worktree: string;
  objectFormat: string;
  /** The user's name and address for commits; undefined: the user has none. */
  identity: { name: string; email: string } | undefined;
  settings: readonly Setting[];
  /** What takes the place of a remote's URL; undefined: the agent gets no such remote. */
  gateUrl(remote: string): string | undefined;
}

/** The text of the agent's config file: what of the user's settings decides content, as values, and nothing that names a program to run but filters. */
export function agentConfig({ worktree, objectFormat, identity, settings, gateUrl }: AgentConfig): string {
  const lines: string[] = [];
  const put = (key: string, value: string) => lines.push(...settingLines(key, value));
  const isSha1 = objectFormat === "sha1";
  put("core.repositoryformatversion", isSha1 ? "0" : "1");
  if (!isSha1) put("extensions.objectformat", objectFormat);
  // The last value wins, as it does for the user; "add" keeps what may be said several times.
  for (const { key, value } of settings) if (CONTENT.test(key)) put(key, value);
  put("core.bare", "false");
  put("core.worktree", worktree);
  put("core.logallrefupdates", "true");
  put("gc.auto", "0");
  put("maintenance.auto", "false");
  if (identity) {
    put("user.name", identity.name);
    put("user.email", identity.email);
  }
  const urls = new Map(remoteNames(settings).map((name) => [name, gateUrl(name)]));
  for (const [name, url] of urls) if (url !== undefined) put(`remote.${name}.url`, url);
  for (const { key, value } of settings) {
    const [, name = "", what] = REMOTE.exec(key) ?? [];
    if (urls.get(name) !== undefined && what !== "url") put(key, value);
  }
  return lines.join("");
}

/** The remotes that have a URL. */
function remoteNames(settings: readonly Setting[]): string[] {
  return [
    ...new Set(
      settings.flatMap(({ key }) => {
        const [, name, what] = REMOTE.exec(key) ?? [];
        return what === "url" && name !== undefined ? [name] : [];
      }),
    ),
  ];
}

function settingLines(key: string, value: string): string[] {
  const section = key.slice(0, key.indexOf("."));
  const name = key.slice(key.lastIndexOf(".") + 1);
  const subsection = key.slice(section.length + 1, -name.length - 1);
  if (/[\n\0]/.test(subsection)) return [];
  const heading =
    subsection === "" ? `[${section}]` : `[${section} "${subsection.replace(/["\\]/g, "\\$&")}"]`;
  return [`${heading}\n`, `\t${name} = ${quoted(value)}\n`];
}

/** The value of a setting that git takes the last of. */
export function lastOf(settings: readonly Setting[], key: string): string | undefined {
  return settings.findLast((setting) => setting.key === key)?.value;
}

const IGNORE_BYTES = 1024 * 1024;

/** What the user's git ignores beside the project's own rules: the rules of the repository, then the user's own. */
export async function userIgnoreRules(commonDir: string, settings: readonly Setting[]): Promise<string> {
  const home = process.env.HOME ?? homedir();
  const named = lastOf(settings, "core.excludesfile");
  const own =
    named?.replace(/^~\//, `${home}/`) ??
    join(process.env.XDG_CONFIG_HOME || join(home, ".config"), "git", "ignore");
  const files = [...(isAbsolute(own) ? [own] : []), join(commonDir, "info", "exclude")];
  const texts = await Promise.all(files.map((path) => readFile(path, "utf8").catch(() => "")));
  return texts.map((text) => `${text.slice(0, IGNORE_BYTES)}\n`).join("");
}
