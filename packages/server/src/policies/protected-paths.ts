import type { Policy, Ruling, Situation, ToolCall } from "@tutti/core";
import { z } from "zod";
import { matchesAny } from "./shared/globs.ts";
import { shellReading } from "./shared/shell-call.ts";
import { resolvePath } from "./shell/paths.ts";
import { shellWrites } from "./shell/shell-writes.ts";

const secrets = [
  "~/.ssh/**",
  "~/.aws/**",
  "~/.azure/**",
  "~/.gnupg/**",
  "~/.kube/**",
  "~/.docker/config.json",
  "~/.config/{gh,gcloud}/**",
  "~/.{netrc,pgpass,git-credentials}",
  // Whoever reads these may answer Tutti's own questions.
  "**/{person,host}.token",
];
const rules = [
  "~/.{bashrc,bash_profile,bash_login,profile,zshrc,zshenv,zprofile,gitconfig,npmrc,pypirc}",
  "~/.config/{git,tutti}/**",
  "**/.env",
  "**/.git/**",
  ".tutti/**",
  // Settings of agents and editors, which say what runs when.
  "**/.*/settings*.json",
  "~/.*/config.{toml,json,yaml}",
  "**/.*/hooks/**",
  "**/.mcp.json",
];

const params = z.strictObject({
  paths: z
    .array(z.string().min(1))
    .default([...secrets])
    .describe(
      "Globs of files that are neither read nor changed. `~/` is the person's home; without `/`, `~` or `**` in front it is a path in the workspace.",
    ),
  changes: z
    .array(z.string().min(1))
    .default([...rules])
    .describe("Globs of files that may be read and are not changed."),
  effect: z.enum(["ask", "deny"]).default("ask").describe("What happens when a call touches such a file."),
});
type Params = z.infer<typeof params>;

/**
 * File tools are known by their resolved paths. Of a shell command the text is read: the places that it certainly writes, and
 * every literal word that names a file; a path that is computed when the command runs is not seen. Confinement is what keeps
 * an agent from such files for certain.
 */
export const protectedPaths: Policy<Params> = {
  name: "protected-paths",
  summary: "Keys, credentials, and the files that say what runs are left alone.",
  phases: ["tool-call"],
  params,
  evaluate(action, { paths, changes, effect }, _state, situation): Ruling | undefined {
    if (action.phase !== "tool-call") return undefined;
    const { call } = action;
    const writes = written(call, situation).find(
      (path) => matches(paths, path, situation) || matches(changes, path, situation),
    );
    if (writes !== undefined)
      return { effect, reason: `${call.name} would change ${writes}, which is protected.`, ...advice };
    const reads = read(call, situation).find((path) => matches(paths, path, situation));
    if (reads !== undefined)
      return { effect, reason: `${call.name} would read ${reads}, which is protected.`, ...advice };
    return undefined;
  },
};

const advice = { alternative: "Do it yourself, and tell the agent what it needs to know." };

function written(call: ToolCall, { workspace }: Situation): string[] {
  if (call.kind === "edit") return call.paths ?? [];
  const cwd = call.cwd ?? workspace;
  if (call.kind !== "shell" || call.command === undefined || cwd === null) return [];
  return shellWrites(call.command, cwd).map(({ path }) => path);
}

function read(call: ToolCall, situation: Situation): string[] {
  if (call.kind !== "shell") return call.paths ?? [];
  const found = new Set<string>();
  const add = (word: string, cwd: string | undefined) => {
    // `--file=~/x`, `-d @~/x`, `host:~/x`: what stands behind such a sign may be a file too.
    for (const one of [word, ...word.split(/[=@:,]/).slice(1)]) {
      const path = one.replace(/^file:\/\//, "");
      if (path === "" || path.length > 4_096 || /^[^\w.~/]/.test(path)) continue;
      const place = resolvePath(path, cwd);
      if (place !== undefined) found.add(place);
    }
  };
  for (const { words, env, cwd, remote } of shellReading(call, situation)?.commands ?? []) {
    if (remote !== undefined) continue;
    for (const { text } of words.slice(1)) add(text, cwd);
    for (const { text } of Object.values(env)) add(text, cwd);
  }
  const cwd = call.cwd ?? situation.workspace ?? undefined;
  for (const [, file = ""] of (call.command ?? "").matchAll(fed))
    add(file.replace(/^\$\{?HOME\}?/, "~"), cwd);
  return [...found];
}

/** A file that a command is fed: `< file`. */
const fed = /(?<!<)<\s*["']?([^\s"'<>|;&()]+)/g;

/** Home folders as they are usually named, for a path on a machine that has not said its own yet. */
const usualHome = /^(~|\/root|\/var\/root|\/(home|Users)\/[^/]+)(?=\/|$)/;

interface Places {
  atHome: string[];
  anywhere: string[];
  inWorkspace: string[];
}
const cache = new WeakMap<readonly string[], Places>();

function placesOf(globs: readonly string[]): Places {
  const before = cache.get(globs);
  if (before) return before;
  const isHome = (glob: string) => glob.startsWith("~");
  const isAnywhere = (glob: string) => glob.startsWith("/") || glob.startsWith("**");
  const made = {
    atHome: globs.filter(isHome),
    anywhere: globs.filter(isAnywhere),
    inWorkspace: globs.filter((glob) => !isHome(glob) && !isAnywhere(glob)),
  };
  cache.set(globs, made);
  return made;
}

function matches(globs: readonly string[], path: string, { workspace, home }: Situation): boolean {
  const { atHome, anywhere, inWorkspace } = placesOf(globs);
  if (matchesAny(anywhere, path)) return true;
  if (
    workspace !== null &&
    path.startsWith(`${workspace}/`) &&
    matchesAny(inWorkspace, path.slice(workspace.length + 1))
  )
    return true;
  if (home !== null && (path === home || path.startsWith(`${home}/`)))
    return matchesAny(atHome, `~${path.slice(home.length)}`);
  return usualHome.test(path) && matchesAny(atHome, path.replace(usualHome, "~"));
}
