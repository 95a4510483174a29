import { randomUUID } from "node:crypto";
import { copyFile, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { git, storeAt } from "../git.ts";
import type { Layout } from "../layout.ts";
import { type Failed, failed } from "../outcome.ts";
import { neutralIdentity, type Repository } from "../repository.ts";
import type { Workspace } from "../snapshot.ts";
import { agentConfig, lastOf, type Setting, settingsAt, userIgnoreRules } from "./agent-config.ts";
import { type LentRefs, lentRefs } from "./lent-refs.ts";
import { alternatesLine, objectFolders } from "./object-folders.ts";

/** A folder or file that the agent's confinement shows at `to`. */
export interface Mount {
  from: string;
  to: string;
  writable: boolean;
}

/** The agent's own view of git on a worktree of the user's: what it commits goes here, and the user's git reads nothing of it. */
export interface AgentGit {
  /** Tutti's own folder on this machine. */
  stateFolder: string;
  workspace: Workspace;
  /** The branch that the task is to be merged into; null: none is shown to the agent. */
  target: string | null;
  /** The agent's own git folder: everything in it may be the agent's. */
  gitDir: string;
  /** Takes the place of the worktree's file `.git`. */
  gitFile: string;
  /** The folders that the objects of the user's repository lie in, its own first. */
  objects: string[];
  /** What the confinement shows beside the worktree itself, in this order and after it. */
  mounts: Mount[];
}

export interface OpenAgentGit {
  stateFolder: string;
  workspace: Workspace;
  target: string | null;
  /** What takes the place of the URL of each of the user's remotes; undefined: the agent gets no such remote. Default: none. */
  gateUrl?(remote: string): string | undefined;
}

/**
 * Makes the agent's view of git on an open worktree: a git folder of its own that borrows the user's objects, on the task's branch, with
 * the target branch, the tags and the remote-tracking branches beside it, and an index that is the worktree's.
 *
 * Called before every turn. What is there already is found again as the agent left it; an interrupted call leaves nothing half made.
 */
export async function openAgentGit(
  request: OpenAgentGit,
): Promise<{ type: "agent-git"; agentGit: AgentGit } | Failed> {
  const { stateFolder, workspace, target } = request;
  const { layout, repository } = workspace;
  const gitDir = join(layout.agentGit, "repository");
  const gitFile = join(layout.agentGit, "gitfile");
  const folders = await objectFolders(join(repository.commonDir, "objects"));
  if (folders.length === 0) return failed("no-objects", `${repository.commonDir} has no folder of objects`);
  if ((await lstat(gitDir).catch(() => undefined)) === undefined) {
    const refused = await make(request, gitDir);
    if (refused) return refused;
  }
  await writeWhole(gitFile, `gitdir: ${gitDir}\n`);
  const modules = join(workspace.gitDir, "modules");
  const mounts = [
    { from: gitFile, to: join(layout.worktree, ".git"), writable: false },
    { from: gitDir, to: gitDir, writable: true },
    ...folders.map(({ path, real }) => ({ from: real, to: path, writable: false })),
    // Without it git inside would take a submodule that set-up has brought for a broken link, and give up.
    ...((await lstat(modules).catch(() => undefined))?.isDirectory()
      ? [{ from: modules, to: modules, writable: false }]
      : []),
  ];
  const objects = folders.map(({ path }) => path);
  return {
    type: "agent-git",
    agentGit: { stateFolder, workspace, target, gitDir, gitFile, objects, mounts },
  };
}

/**
 * Removes the agent's view of git, with every commit that was never synced out. Called when the worktree is closed or handed to the
 * user; nothing of the agent's may be running. Asked again it does nothing. What is in quarantine stays.
 */
export async function closeAgentGit(repository: Repository, layout: Layout): Promise<void> {
  await rm(layout.agentGit, { recursive: true, force: true });
  await git(storeAt(repository.commonDir), ["update-ref", "-d", layout.agreedRef]);
}

async function make(
  { workspace, target, gateUrl = () => undefined }: OpenAgentGit,
  gitDir: string,
): Promise<Failed | undefined> {
  const { repository, layout, place } = workspace;
  const store = storeAt(repository.commonDir);
  const targets = target === null ? [] : [`refs/heads/${target}`];
  const [settings, lent] = await Promise.all([
    settingsAt(place),
    lentRefs(store, [layout.branchRef, ...targets, "refs/tags", "refs/remotes"]),
  ]);
  const head = lent.refs.find(({ name }) => name === layout.branchRef)?.object;
  if (head === undefined)
    return failed("no-branch", `${layout.branch} has no commit: open the worktree again`);

  await mkdir(layout.agentGit, { recursive: true, mode: 0o700 });
  await clearDrafts(layout.agentGit);
  const draft = join(layout.agentGit, `draft-${randomUUID()}`);
  for (const folder of ["info", "objects/info", "objects/pack", "refs/heads", "refs/tags"])
    await mkdir(join(draft, folder), { recursive: true });
  const put = (path: string, text: string) => writeFile(join(draft, path), text);
  const config = agentConfig({
    worktree: layout.worktree,
    objectFormat: repository.objectFormat,
    identity: identityOf(settings),
    settings,
    gateUrl,
  });
  await Promise.all([
    git(store, ["update-ref", layout.agreedRef, head]),
    put("HEAD", `ref: ${layout.branchRef}\n`),
    put("config", config),
    put("packed-refs", packedRefs(lent)),
    put("objects/info/alternates", alternatesLine(join(repository.commonDir, "objects"))),
    put("info/exclude", await userIgnoreRules(repository.commonDir, settings)),
    ...lent.links.map(async ({ name, target }) => {
      await mkdir(dirname(join(draft, name)), { recursive: true });
      await put(name, `ref: ${target}\n`);
    }),
    copyBeside(repository.commonDir, draft, (name) => name === "shallow"),
    copyBeside(workspace.gitDir, draft, (name) => name === "index" || name.startsWith("sharedindex.")),
  ]);
  await rename(draft, gitDir);
  return undefined;
}

function packedRefs({ refs }: LentRefs): string {
  const sorted = refs.toSorted((one, other) =>
    Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)),
  );
  return ["# pack-refs with: sorted ", ...sorted.map(({ object, name }) => `${object} ${name}`), ""].join(
    "\n",
  );
}

function identityOf(settings: readonly Setting[]): { name: string; email: string } {
  const name = process.env.GIT_AUTHOR_NAME || lastOf(settings, "user.name");
  const email = process.env.GIT_AUTHOR_EMAIL || lastOf(settings, "user.email");
  if (name && email) return { name, email };
  const { GIT_AUTHOR_NAME: tutti = "", GIT_AUTHOR_EMAIL: address = "" } = neutralIdentity(new Date(0));
  return { name: tutti, email: address };
}

async function copyBeside(from: string, to: string, isMeant: (name: string) => boolean): Promise<void> {
  const names = (await readdir(from)).filter(isMeant);
  await Promise.all(names.map((name) => copyFile(join(from, name), join(to, name))));
}

async function clearDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.startsWith("draft-")) await rm(join(folder, name), { recursive: true, force: true });
}

/** The file as a whole or not at all; untouched where it already says so, since it may be mounted. */
async function writeWhole(path: string, text: string): Promise<void> {
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return;
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text);
  await rename(draft, path);
}
