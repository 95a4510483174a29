/** Reads `git push` and its like. */
import type { GitPush, GitRefspec } from "./git-command.ts";
import { isGiven, mayBeOption, type ReadOptions, readOptions } from "./git-options.ts";
import type { GitSetting } from "./git-words.ts";
import type { Doubt } from "./shell-command.ts";
import type { ShellWord } from "./unknown.ts";

/** The options of `git push`, of `git send-pack` and of `git http-push`. */
export const pushOptions = {
  valued: "o",
  valuedLong: ["repo", "push-option", "receive-pack", "exec", "recurse-submodules"],
  long: [
    "all",
    "atomic",
    "branches",
    "delete",
    "dry-run",
    "exec",
    "follow-tags",
    "force",
    "force-if-includes",
    "force-with-lease",
    "ipv4",
    "ipv6",
    "mirror",
    "porcelain",
    "progress",
    "prune",
    "push-option",
    "quiet",
    "receive-pack",
    "recurse-submodules",
    "repo",
    "set-upstream",
    "signed",
    "tags",
    "thin",
    "verbose",
    "verify",
  ],
} as const;

export interface PushReading {
  push: GitPush;
  doubts: readonly Doubt[];
  skipsHooks: boolean;
}

export function readPush(
  verb: string,
  args: readonly ShellWord[],
  settings: readonly GitSetting[],
): PushReading {
  const options = readOptions(args, pushOptions);
  const doubts: Doubt[] = [];
  const doubt = (reason: string, word: ShellWord | string) =>
    doubts.push({ reason, text: typeof word === "string" ? word : `git ${verb} … ${word.text}…` });
  for (const word of options.unclear)
    doubt("what is pushed, and how, is known only when the command runs", word);

  const repo = options.given.findLast(({ name }) => name === "repo")?.value;
  const [first, ...others] = options.rest;
  const remote = first ?? repo;
  const specs = others;
  for (const word of specs)
    if ((!word.exact || word.pattern) && !mayBeOption(word))
      doubt("which branch is pushed is known only when the command runs", word);
  if (remote && /^ext::/.test(remote.text)) doubt("the remote is a command", remote);

  const deleting = isGiven(options, "delete", "d") || (verb === "http-push" && isGiven(options, "D"));
  const configured = settingsOfPush(settings, remote);
  for (const word of configured.unclear)
    doubt("a setting of the push is known only when the command runs", word);
  const refspecs = [...refspecsOf(specs, deleting), ...(specs.length === 0 ? configured.refspecs : [])];
  const lease = givenLease(options);
  const forced = isGiven(options, "force", "f");
  const mirror = isGiven(options, "mirror") || configured.mirror;
  const prune = isGiven(options, "prune");
  const all = isGiven(options, "all", "branches");
  const branches = refspecs.flatMap(({ branch, tag }) => (branch === null || tag ? [] : [branch]));
  const tags = isGiven(options, "tags");
  return {
    push: {
      remote: remote?.exact ? remote.text : undefined,
      refspecs,
      force: forced || lease || mirror || refspecs.some((one) => one.forced && one.source !== null),
      leased: lease && !forced,
      deletes: deleting || prune || mirror || refspecs.some(({ source }) => source === null),
      mirror,
      all,
      tags,
      branches,
      complete:
        !mirror &&
        !all &&
        !prune &&
        doubts.length === 0 &&
        refspecs.every(({ branch, tag }) => tag || branch !== null) &&
        (refspecs.length > 0 || (tags && specs.length > 0)),
      dryRun: isGiven(options, "dry-run", "n") && doubts.length === 0,
    },
    doubts,
    skipsHooks:
      options.given.findLast(({ name }) => name === "verify" || name === "no-verify")?.name === "no-verify",
  };
}

const givenLease = (options: ReadOptions): boolean => isGiven(options, "force-with-lease");

function refspecsOf(words: readonly ShellWord[], deleting: boolean): GitRefspec[] {
  const found: GitRefspec[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const text = words[at]?.text ?? "";
    if (text.startsWith("^")) continue;
    if (text === "tag" && words[at + 1]) {
      found.push({
        source: deleting ? null : (words[++at]?.text ?? ""),
        branch: null,
        tag: true,
        forced: false,
      });
      continue;
    }
    found.push(refspecOf(text, deleting));
  }
  return found;
}

function refspecOf(text: string, deleting: boolean): GitRefspec {
  const forced = text.startsWith("+");
  const bare = forced ? text.slice(1) : text;
  const colon = bare.indexOf(":");
  const source = colon < 0 ? bare : bare.slice(0, colon);
  const target = colon < 0 || bare.slice(colon + 1) === "" ? source : bare.slice(colon + 1);
  // A lone `:` pushes all branches that both sides have.
  if (bare === ":") return { source: "", branch: null, tag: false, forced };
  const deletes = deleting || source === "";
  return { source: deletes ? null : source, ...named(target), forced };
}

function named(target: string): Pick<GitRefspec, "branch" | "tag"> {
  if (/^(refs\/)?tags\//.test(target)) return { branch: null, tag: true };
  const branch = target.replace(/^(refs\/)?heads\//, "");
  const isChosen = branch === "HEAD" || branch === "@" || branch === "" || /[*~^@{]/.test(branch);
  return { branch: isChosen ? null : branch, tag: false };
}

function settingsOfPush(settings: readonly GitSetting[], remote: ShellWord | undefined) {
  const refspecs: GitRefspec[] = [];
  const unclear: ShellWord[] = [];
  let mirror = false;
  for (const { key, value } of settings) {
    if (/^include(if)?\./.test(key)) unclear.push({ ...value, text: key });
    const found = /^remote\.(.*)\.(push|mirror)$/.exec(key);
    if (!found && value.exact) continue;
    if (!value.exact && (key === "" || /^(remote|push|alias|url)\b/.test(key)))
      unclear.push({ ...value, text: key });
    if (!found || (remote?.exact && found[1] !== remote.text)) continue;
    if (found[2] === "push") refspecs.push(refspecOf(value.text, false));
    else if (!/^(false|no|off|0)$/i.test(value.text)) mirror = true;
  }
  return { refspecs, mirror, unclear };
}
