/** What verbs of git destroy on this machine. To add one: a row. */
import type { GitHarm } from "./git-command.ts";
import { type GitOptions, isGiven, type ReadOptions } from "./git-options.ts";
import { type GitSetting, keyOf } from "./git-words.ts";

interface Call {
  options: ReadOptions;
  settings: readonly GitSetting[];
}

interface GitVerb extends GitOptions {
  harm(call: Call): GitHarm | undefined;
}

const stash = "Put the changes aside with git stash first.";

const loses = (says: string, alternative?: string): GitHarm => ({
  kind: "loses-work",
  says,
  weight: "irreversible",
  ...(alternative !== undefined && { alternative }),
});
const moves = (says: string, branches: readonly string[], alternative?: string): GitHarm => ({
  ...loses(says, alternative),
  kind: "moves-branch",
  branches,
});
const texts = ({ rest }: ReadOptions): string[] => rest.map(({ text }) => text);
const list = (words: readonly string[], otherwise: string): string =>
  words.filter((word) => word !== "").join(", ") || otherwise;

const isPath = (text: string): boolean =>
  text === "." ||
  text === ".." ||
  /^(\.{1,2}\/|:[/(!^]|\/)/.test(text) ||
  /[*?]/.test(text) ||
  /\/$/.test(text) ||
  /\.([A-Za-z]\w{1,4}|[chmr])$/.test(text);

/** A setting that decides what later commands do, or which code they run. */
const weighty =
  /^(core\.(hookspath|fsmonitor|sshcommand|editor|pager|askpass|gitproxy|worktree|attributesfile)|alias\..*|url\..*\.(pushinsteadof|insteadof)|credential(\..*)?|remote\..*\.(url|pushurl|push|mirror|proxy|receivepack|uploadpack)|include\.path|includeif\..*|http(\..*)?\.(proxy|sslverify|extraheader|cookiefile)|sequence\.editor|filter\..*|(diff|merge)\..*\.(command|textconv|driver)|diff\.external|gpg(\..*)?\.program|protocol(\..*)?\.allow|uploadpack\.packobjectshook|pager\..*|receive\.deny.*|push\.default|init\.templatedir)$/;

export const gitVerbTable: Readonly<Record<string, GitVerb>> = {
  reset: {
    long: [
      "hard",
      "soft",
      "mixed",
      "merge",
      "keep",
      "quiet",
      "patch",
      "pathspec-from-file",
      "recurse-submodules",
      "intent-to-add",
    ],
    harm: ({ options }) =>
      isGiven(options, "hard", "merge")
        ? loses("It throws away all changes that are not committed, and moves the branch.", stash)
        : undefined,
  },
  clean: {
    valued: "e",
    valuedLong: ["exclude"],
    long: ["force", "dry-run", "exclude", "interactive", "quiet"],
    harm: ({ options, settings }) => {
      const forced =
        isGiven(options, "f", "force") ||
        settings.some(
          ({ key, value }) => key === "clean.requireforce" && !/^(true|yes|on|1)$/i.test(value.text),
        );
      if (!forced || isGiven(options, "n", "dry-run")) return undefined;
      return loses(
        "It deletes files that git does not know, and nobody can bring them back.",
        "Look first with git clean -n.",
      );
    },
  },
  checkout: {
    valued: "bB",
    valuedLong: ["orphan", "conflict", "pathspec-from-file"],
    long: [
      "force",
      "ours",
      "theirs",
      "merge",
      "detach",
      "patch",
      "track",
      "guess",
      "quiet",
      "orphan",
      "overlay",
      "conflict",
      "pathspec-from-file",
      "recurse-submodules",
      "progress",
      "overwrite-ignore",
      "ignore-other-worktrees",
    ],
    harm: ({ options }) => {
      const words = texts(options);
      if (isGiven(options, "f", "force"))
        return loses("It throws away changes that are not committed.", stash);
      const moved = options.given.find(({ name }) => name === "B")?.value?.text;
      if (moved !== undefined)
        return moves(
          `It moves the branch ${moved}, whatever is on it.`,
          [moved],
          "Make a new branch with -b.",
        );
      if (isGiven(options, "b", "orphan", "p", "patch")) return undefined;
      const paths =
        options.beforeDashes === undefined ? words.filter(isPath) : words.slice(options.beforeDashes);
      const several =
        options.beforeDashes === undefined && words.length > 1 && !isGiven(options, "t", "track");
      if (paths.length === 0 && !several && !isGiven(options, "pathspec-from-file")) return undefined;
      return loses(
        `It throws away the changes to ${list(paths.length > 0 ? paths : words.slice(1), "files")} that are not committed.`,
        stash,
      );
    },
  },
  restore: {
    valued: "s",
    valuedLong: ["source", "conflict", "pathspec-from-file"],
    long: [
      "source",
      "staged",
      "worktree",
      "patch",
      "ours",
      "theirs",
      "merge",
      "quiet",
      "progress",
      "overlay",
      "pathspec-from-file",
      "conflict",
      "ignore-unmerged",
      "ignore-skip-worktree-bits",
      "recurse-submodules",
    ],
    harm: ({ options }) => {
      if (isGiven(options, "p", "patch")) return undefined;
      if (isGiven(options, "S", "staged") && !isGiven(options, "W", "worktree")) return undefined;
      return loses(
        `It throws away the changes to ${list(texts(options), "files")} that are not committed.`,
        stash,
      );
    },
  },
  switch: {
    valued: "cC",
    valuedLong: ["orphan", "conflict", "create", "force-create"],
    long: [
      "force",
      "discard-changes",
      "force-create",
      "create",
      "detach",
      "guess",
      "merge",
      "orphan",
      "conflict",
      "quiet",
      "track",
      "progress",
      "recurse-submodules",
      "ignore-other-worktrees",
    ],
    harm: ({ options }) => {
      if (isGiven(options, "f", "force", "discard-changes"))
        return loses("It throws away changes that are not committed.", stash);
      const moved = options.given.find(({ name }) => name === "C" || name === "force-create")?.value?.text;
      return moved === undefined
        ? undefined
        : moves(`It moves the branch ${moved}, whatever is on it.`, [moved], "Make a new branch with -c.");
    },
  },
  branch: {
    valued: "u",
    valuedLong: [
      "set-upstream-to",
      "contains",
      "no-contains",
      "merged",
      "no-merged",
      "points-at",
      "sort",
      "format",
    ],
    long: [
      "delete",
      "force",
      "move",
      "copy",
      "list",
      "all",
      "remotes",
      "contains",
      "merged",
      "set-upstream-to",
      "unset-upstream",
      "edit-description",
      "show-current",
      "track",
      "verbose",
      "quiet",
      "column",
      "color",
      "sort",
      "points-at",
      "format",
      "create-reflog",
      "abbrev",
      "ignore-case",
    ],
    harm: ({ options }) => {
      const words = texts(options);
      const forced = isGiven(options, "f", "force");
      if (isGiven(options, "D") || (forced && isGiven(options, "d", "delete")))
        return moves(
          `It deletes the branch ${list(words, "that is named")}, also when nothing else holds its commits.`,
          words,
          "Use git branch -d, which refuses to lose commits.",
        );
      if (isGiven(options, "M", "C") || (forced && isGiven(options, "m", "move", "c", "copy")))
        return moves(
          `It overwrites the branch ${words.at(-1) ?? ""}, whatever is on it.`,
          words,
          "Use -m, which refuses to overwrite.",
        );
      return forced
        ? moves(`It moves the branch ${words[0] ?? ""}, whatever is on it.`, words.slice(0, 1))
        : undefined;
    },
  },
  tag: {
    valued: "mFu",
    valuedLong: [
      "message",
      "file",
      "local-user",
      "sort",
      "format",
      "contains",
      "no-contains",
      "points-at",
      "cleanup",
      "trailer",
    ],
    long: [
      "delete",
      "force",
      "annotate",
      "sign",
      "list",
      "verify",
      "message",
      "file",
      "contains",
      "merged",
      "sort",
      "format",
      "points-at",
      "color",
      "column",
      "local-user",
      "create-reflog",
      "edit",
      "cleanup",
      "ignore-case",
      "trailer",
    ],
    harm: ({ options }) => {
      if (isGiven(options, "d", "delete")) return loses(`It deletes the tag ${list(texts(options), "")}.`);
      return isGiven(options, "f", "force")
        ? loses(`It moves the tag ${texts(options)[0] ?? ""} to another commit.`)
        : undefined;
    },
  },
  stash: {
    harm: ({ options }) =>
      /^(drop|clear)$/.test(texts(options)[0] ?? "")
        ? loses("It throws away changes that were put aside.", "Use git stash apply, which keeps them.")
        : undefined,
  },
  reflog: {
    harm: ({ options }) =>
      /^(expire|delete|drop)$/.test(texts(options)[0] ?? "")
        ? loses("It deletes git's own record of where branches were, the last way back to lost commits.")
        : undefined,
  },
  gc: {
    long: ["prune", "aggressive", "auto", "force", "quiet", "cruft", "keep-largest-pack", "detach"],
    harm: ({ options, settings }) => {
      const at =
        options.given.findLast(({ name }) => name === "prune")?.value?.text ??
        settings.findLast(({ key }) => key === "gc.pruneexpire")?.value.text;
      return at !== undefined && !/ago|week|month|never/.test(at)
        ? loses("It deletes commits that no branch holds, for good.")
        : undefined;
    },
  },
  prune: {
    harm: ({ options }) =>
      isGiven(options, "n", "dry-run")
        ? undefined
        : loses("It deletes commits that no branch holds, for good."),
  },
  "filter-branch": {
    harm: () => ({ ...loses("It rewrites the history of whole branches."), kind: "rewrites-history" }),
  },
  "filter-repo": {
    harm: () => ({ ...loses("It rewrites the history of the whole repository."), kind: "rewrites-history" }),
  },
  "update-ref": {
    valued: "m",
    harm: ({ options }) => {
      const words = texts(options);
      const branches = words.slice(0, 1).map((ref) => ref.replace(/^refs\/heads\//, ""));
      if (isGiven(options, "d")) return moves(`It deletes the ref ${words[0] ?? ""}.`, branches);
      if (isGiven(options, "stdin"))
        return moves("It moves or deletes refs that it reads from its input.", []);
      return words.length > 1
        ? moves(`It moves the ref ${words[0] ?? ""}, whatever it holds.`, branches)
        : undefined;
    },
  },
  "symbolic-ref": {
    valued: "m",
    harm: ({ options }) => {
      const words = texts(options);
      if (isGiven(options, "d", "delete")) return moves(`It deletes the ref ${words[0] ?? ""}.`, []);
      return words.length > 1
        ? moves(`It makes ${words[0] ?? ""} stand for ${words[1] ?? ""} without changing the files.`, [])
        : undefined;
    },
  },
  worktree: {
    valued: "bB",
    long: ["force", "detach", "checkout", "lock", "reason", "orphan", "quiet", "track"],
    harm: ({ options }) => {
      const [verb] = texts(options);
      if (verb === "remove" && isGiven(options, "f", "force"))
        return loses(
          "It deletes a worktree with changes that are not committed.",
          "Leave out --force: git then refuses to lose changes.",
        );
      const moved = options.given.find(({ name }) => name === "B")?.value?.text;
      return verb === "add" && moved !== undefined
        ? moves(`It moves the branch ${moved}, whatever is on it.`, [moved])
        : undefined;
    },
  },
  submodule: {
    harm: ({ options }) =>
      texts(options)[0] === "deinit" && isGiven(options, "f", "force")
        ? loses("It deletes a submodule's files with changes that are not committed.")
        : undefined,
  },
  rm: {
    long: ["force", "cached", "dry-run", "quiet", "ignore-unmatch", "pathspec-from-file"],
    harm: ({ options }) =>
      isGiven(options, "f", "force") && !isGiven(options, "cached", "n", "dry-run")
        ? loses(`It deletes ${list(texts(options), "files")} with changes that are not committed.`)
        : undefined,
  },
  "checkout-index": {
    harm: ({ options }) =>
      isGiven(options, "f", "force")
        ? loses("It throws away changes that are not committed.", stash)
        : undefined,
  },
  "read-tree": {
    harm: ({ options }) =>
      isGiven(options, "reset") ? loses("It throws away changes that are not committed.", stash) : undefined,
  },
  fetch: {
    valued: "jo",
    valuedLong: [
      "depth",
      "deepen",
      "shallow-since",
      "refmap",
      "upload-pack",
      "server-option",
      "negotiation-tip",
      "jobs",
    ],
    harm: ({ options }) => {
      const forced = isGiven(options, "f", "force");
      const specs = texts(options)
        .slice(1)
        .filter(
          (text) =>
            /^\+?[^:]*:./.test(text) &&
            (forced || text.startsWith("+")) &&
            !/:refs\/(remotes|tutti)\//.test(text),
        );
      const branches = specs.map((text) =>
        text.slice(text.lastIndexOf(":") + 1).replace(/^refs\/heads\//, ""),
      );
      return specs.length > 0
        ? moves(`It overwrites the branch ${branches.join(", ")} with what the remote has.`, branches)
        : undefined;
    },
  },
  remote: {
    harm: ({ options }) => {
      const [verb, name, address] = texts(options);
      return verb === "set-url"
        ? settings(
            `It changes where ${name ?? "a remote"} is, to ${address ?? "another address"}: later pushes go there.`,
          )
        : undefined;
    },
  },
  config: {
    valued: "f",
    valuedLong: ["file", "blob", "type", "default", "comment", "value"],
    harm: ({ options }) => {
      const words = texts(options);
      const verb = /^(set|unset|get|list|edit|rename-section|remove-section)$/.test(words[0] ?? "")
        ? words[0]
        : undefined;
      const [key = "", value] = verb ? words.slice(1) : words;
      if (
        verb === "get" ||
        verb === "list" ||
        isGiven(options, "get", "get-all", "get-regexp", "list", "l", "unset", "unset-all") ||
        verb === "unset"
      )
        return undefined;
      if (value === undefined || !weighty.test(keyOf(key).toLowerCase())) return undefined;
      return settings(`It sets ${key}, which changes what later git commands do.`);
    },
  },
  lfs: {
    harm: ({ options }) => {
      const [verb, what] = texts(options);
      return verb === "migrate" && what !== "info"
        ? { ...loses("It rewrites the history of the repository."), kind: "rewrites-history" }
        : undefined;
    },
  },
  svn: {
    harm: ({ options }) =>
      /^(dcommit|set-tree|commit-diff|branch|tag)$/.test(texts(options)[0] ?? "")
        ? {
            kind: "rewrites-remote",
            says: "It sends commits to a Subversion server, where they cannot be taken back.",
            weight: "irreversible",
          }
        : undefined,
  },
  p4: {
    harm: ({ options }) =>
      texts(options)[0] === "submit"
        ? {
            kind: "rewrites-remote",
            says: "It sends commits to a Perforce server, where they cannot be taken back.",
            weight: "irreversible",
          }
        : undefined,
  },
};

const settings = (says: string): GitHarm => ({ kind: "changes-settings", says, weight: "routine" });
