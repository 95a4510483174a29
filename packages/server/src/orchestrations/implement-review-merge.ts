/**
 * Polly's program: implement by one vendor, check, review blind by another, fix, merge on consent.
 *
 * The root program fixes the base and starts one child program per task; `implement-task.ts` is the life of a task.
 */
import {
  type Agent,
  agentSchema,
  type Orchestration,
  type OrchestrationContext,
  type TaskSpec,
  taskSpecSchema,
} from "@tutti/core";
import { z } from "zod";
import { implementTask } from "./implement-task.ts";
import { giveWork } from "./shared/work.ts";

const inputSchema = z.strictObject({
  agent: agentSchema,
  /** Whether the agent file is the repository's own: the model endpoints that it names need trust then. */
  repositoryAgent: z.boolean().default(false),
  /** The folder of the repository, absolute. */
  repository: z.string().min(1),
  /** The branch to merge into; the one that is checked out when not named. */
  target: z.string().min(1).optional(),
  tasks: z.array(taskSpecSchema).min(1).max(100),
});

export const implementReviewMerge: Orchestration<z.infer<typeof inputSchema>> = {
  name: "implement-review-merge",
  version: "1",
  input: inputSchema,
  async run(ctx, { agent, repositoryAgent, repository, target, tasks }) {
    const { limits } = agent;
    for (const task of tasks)
      await ctx.send(ctx.session, { type: "task.create", task, parallel: limits.parallel });
    const found = await giveWork(ctx, {
      type: "repository.inspect",
      path: repository,
      ...(target !== undefined && { target }),
    });
    if (found.type !== "repository.inspected") return endAll(ctx, tasks, "failed", detailOf(found));
    const read = await giveWork(ctx, {
      type: "project.read",
      repository: found.root,
      commit: found.head,
      checkSeconds: limits.checkSeconds,
      claims: repositoryAgent ? endpoints(agent) : [],
    });
    if (read.type !== "project.found") return endAll(ctx, tasks, "failed", detailOf(read));
    const { project } = read;

    if (project.trust && !project.trust.given) {
      const { hash, items } = project.trust;
      const approval = ctx.id("trust");
      const subject = { kind: "trust" as const, repository: found.root, hash, items };
      await ctx.send(ctx.session, { type: "approval.request", approval, subject });
      const answer = await ctx.wait(ctx.session, ({ approvals }) => approvals[approval]?.answered?.answer);
      if (answer === "deny")
        return endAll(
          ctx,
          tasks,
          "untrusted",
          "the repository's own commands were not trusted, so nothing of it was used",
        );
      await giveWork(ctx, { type: "project.trust", repository: found.root, hash });
    }

    for (const task of tasks)
      await ctx.start(implementTask, task.id, {
        agent,
        task,
        repository: found.root,
        target: found.target,
        base: { commit: found.head, tree: found.tree },
        dirty: found.dirty,
        project,
      });
    await ctx.wait(ctx.session, ({ tasks: all }) =>
      Object.values(all).every(({ outcome }) => outcome !== null) ? true : undefined,
    );
    await close(ctx);
  },
  async abandon(ctx, { tasks }, message) {
    await endAll(ctx, tasks, "failed", message);
  },
};

/** Ends what is still open of the tasks, and the session with them. */
async function endAll(
  ctx: OrchestrationContext,
  tasks: readonly TaskSpec[],
  outcome: "failed" | "untrusted",
  detail: string,
): Promise<void> {
  for (const { id } of tasks)
    await ctx.send(ctx.session, { type: "task.end", task: id, outcome, detail, mergedCommit: null });
  await close(ctx);
}

/** The model endpoints that an agent file sends a repository's text to. */
const endpoints = ({ providers }: Agent): string[] =>
  Object.entries(providers).map(
    ([name, { baseUrl, vendor }]) =>
      `model provider ${name}: ${baseUrl}, said to serve ${vendor ?? "an unknown vendor"}`,
  );

const close = (ctx: OrchestrationContext) =>
  ctx.send(ctx.session, { type: "session.close", reason: "all tasks have ended" });

const detailOf = (result: { type: string; message?: string }): string =>
  result.message ?? `the machine answered ${result.type}`;
