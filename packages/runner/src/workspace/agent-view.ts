/** What a confined agent sees of git in the folder that it works in, before a turn, and what is brought out after it. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import {
  follow,
  type Inside,
  knownNested,
  type Mount,
  noteNested,
  openAgentGit,
  quarantineNested,
  syncIn,
  syncOut,
} from "./agent-git/index.ts";
import { checkoutAt, storeAt } from "./git.ts";
import { currentBranch, refCommit } from "./repository.ts";
import { findWorkspace } from "./worktree.ts";

export interface AgentView {
  /** `worktree`: the agent has a git folder of its own. `folder`: what is there is all there is. */
  kind: "worktree" | "folder";
  mounts: readonly Mount[];
  /** Before a turn: the agent's view follows what Tutti and the person did. Answers what a person should read. */
  begin(inside: Inside): Promise<readonly string[]>;
  /** After a turn: commits come into the person's repository, repositories within the worktree are moved away. */
  finish(inside: Inside): Promise<readonly string[]>;
}

/** Opens the view on a task's worktree; another folder is shown as it is, its git folder unwritable where it is shared. */
export async function openAgentView(options: {
  stateFolder: string;
  workspace: string;
  session: string;
  task: string | undefined;
  gateUrl: ((remote: string) => string | undefined) | undefined;
}): Promise<AgentView> {
  const { stateFolder, workspace: folder, session, task, gateUrl } = options;
  const found =
    task === undefined ? undefined : await findWorkspace({ stateFolder, session, task, workspace: folder });
  if (found?.type !== "workspace") return folderView(folder, join(stateFolder, "reviews"));
  const { workspace } = found;
  const { repository, layout } = workspace;
  const opened = await openAgentGit({
    stateFolder,
    workspace,
    target: repository.isBare ? null : ((await currentBranch(checkoutAt(repository.root))) ?? null),
    ...(gateUrl && { gateUrl }),
  });
  if (opened.type === "work.failed") throw new Error(opened.message);
  const { agentGit } = opened;
  const known = (await knownNested(workspace)) ?? (await noteNested(workspace, stateFolder));

  async function out(inside: Inside): Promise<string[]> {
    const base = await refCommit(storeAt(repository.commonDir), layout.baseRef);
    if (base === undefined) return [`${layout.worktree} has lost the ref of its base.`];
    const done = await syncOut(agentGit, { inside, base });
    switch (done.type) {
      case "same":
      case "synced":
      case "user-ahead":
        return [];
      case "both-moved":
        return [
          `The agent and you have both committed on ${layout.branch}: yours (${done.user}) stand, the agent's (${done.agent}) stay in its own view. The files in the worktree are the agent's.`,
        ];
      case "refused":
        return [`The agent's commits stay out of your repository: ${done.detail}`];
      default:
        return [`The agent's commits could not be brought into your repository: ${done.message}`];
    }
  }

  return {
    kind: "worktree",
    mounts: agentGit.mounts,
    async begin(inside) {
      // What a turn that was cut off left behind comes out first.
      const told = await out(inside);
      const met = await syncIn(agentGit, { inside });
      if (met.type === "work.failed") return [...told, met.message];
      if (met.type !== "refused" && met.type !== "both-moved") return told;
      // What Tutti and the person have made of the worktree holds; the agent's own commits stay in its reflog.
      const followed = await follow(agentGit, { inside });
      return followed.type === "work.failed" ? [...told, followed.message] : told;
    },
    async finish(inside) {
      const { quarantined, stuck } = await quarantineNested(workspace, stateFolder, known);
      const told = stuck.length > 0 ? [] : await out(inside);
      return [
        ...told,
        ...quarantined.map(
          ({ path, to }) =>
            `${path} was a git repository inside the worktree, whose settings could run commands as you: it was moved to ${to}.`,
        ),
        ...stuck.map(
          ({ path, reason }) =>
            `${path} is a git repository inside the worktree and could not be moved away: ${reason}. Run no git there.`,
        ),
      ];
    },
  };
}

/** A reviewer's folder holds a repository that is a copy; of any other, the git folder is only to be read. */
async function folderView(folder: string, reviews: string): Promise<AgentView> {
  const git = join(folder, ".git");
  const shared = !folder.startsWith(`${reviews}/`) && (await stat(git).catch(() => undefined)) !== undefined;
  return {
    kind: "folder",
    mounts: shared ? [{ from: git, to: git, writable: false }] : [],
    begin: async () => [],
    finish: async () => [],
  };
}
