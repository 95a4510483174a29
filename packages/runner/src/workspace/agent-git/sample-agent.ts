import { execFileSync } from "node:child_process";
import { spawnTree } from "../../process/spawn.ts";
import type { SampleRepository } from "../sample-repository.ts";
import type { Workspace } from "../snapshot.ts";
import { findWorkspace } from "../worktree.ts";
import type { AgentGit } from "./agent-git.ts";
import { type Inside, openAgentGit, syncOut } from "./index.ts";
import type { SyncedOut } from "./sync-out.ts";

/** An agent with its own view of git on a sample repository's worktree: for tests. */
export interface SampleAgent {
  agentGit: AgentGit;
  workspace: Workspace;
  worktree: string;
  /** Runs the agent's git, which sees its own git folder where the user's sees the repository's. */
  git(...args: string[]): string;
  /** Puts everything there is into a commit of the agent's, and answers it. */
  commit(message: string): string;
  inside: Inside;
  syncOut(more?: { base?: string; maxPackBytes?: number }): Promise<SyncedOut>;
  /** Opens its view of git again, as before another turn. */
  reopen(): Promise<AgentGit>;
}

/** Carried by everything that a test starts in the place of the confinement. */
export const INSIDE = "TUTTI_TEST_INSIDE";

let count = 0;

export async function sampleAgent(
  sample: SampleRepository,
  { task = "t1", target = "main" as string | null, gateUrl = gate } = {},
): Promise<SampleAgent> {
  const worktree = await sample.open(task);
  const found = await findWorkspace({ ...sample, session: "s1", task, workspace: worktree });
  if (found.type !== "workspace") throw new Error(found.message);
  const { workspace } = found;
  const reopen = async () => {
    const opened = await openAgentGit({ stateFolder: sample.stateFolder, workspace, target, gateUrl });
    if (opened.type !== "agent-git") throw new Error(opened.message);
    return opened.agentGit;
  };
  const agentGit = await reopen();
  const env = { PATH: process.env.PATH, HOME: `${sample.folder}/home`, LC_ALL: "C", [INSIDE]: "yes" };
  const git = (...args: string[]) =>
    execFileSync("git", [`--git-dir=${agentGit.gitDir}`, ...args], {
      cwd: worktree,
      encoding: "utf8",
      env,
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  const inside: Inside = async ([command = "", ...args]) => {
    const spawned = await spawnTree({
      command,
      args,
      cwd: worktree,
      env,
      marker: `test/agent-git/${count++}`,
    });
    if (!spawned.ok) throw new Error(spawned.reason.message);
    return spawned.tree;
  };
  return {
    agentGit,
    workspace,
    worktree,
    git,
    inside,
    reopen,
    commit(message) {
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "-m", message);
      return git("rev-parse", "HEAD");
    },
    syncOut: (more) => syncOut(agentGit, { inside, base: sample.base, ...more }),
  };
}

function gate(remote: string): string {
  return `http://127.0.0.1:7777/${remote}.git`;
}
