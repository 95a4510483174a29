/** The repository that a session works in. Pure. */
import { z } from "zod";
import type { SessionState } from "./state.ts";

/** Its folder on the session's machine, as the machine found it; null while that is not known. */
export function repositoryOf({ work }: SessionState): string | null {
  for (const { result } of Object.values(work))
    if (result?.type === "repository.inspected") return result.root;
  return null;
}

const input = z.object({ repository: z.string() });

/** As found; before that, and for sessions without a program, the folder that the person named. For showing, not for git. */
export function namedRepositoryOf(state: SessionState): string | null {
  const found = repositoryOf(state);
  if (found !== null) return found;
  const asked = input.safeParse(state.spec.orchestration?.input);
  return asked.success ? asked.data.repository : (state.spec.workspace ?? null);
}
