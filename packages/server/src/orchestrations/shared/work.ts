/** Asks a machine for work on the root session and waits for its answer. */
import { type OrchestrationContext, TerminalError, type WorkRequest, type WorkResult } from "@tutti/core";

export async function giveWork(ctx: OrchestrationContext, request: WorkRequest): Promise<WorkResult> {
  const work = ctx.id("work");
  const sent = await ctx.send(ctx.session, { type: "work.request", work, request });
  if (!sent.ok) throw new TerminalError(`${request.type} was refused: ${sent.refusal.message}`);
  return ctx.wait(ctx.session, (state) => state.work[work]?.result ?? undefined);
}
