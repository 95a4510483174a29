/** The repository that a session works in. Pure. */
import type { SessionState } from "./state.ts";

/** Its folder on the session's machine, as the machine found it; null while that is not known. */
export function repositoryOf({ work }: SessionState): string | null {
  for (const { result } of Object.values(work))
    if (result?.type === "repository.inspected") return result.root;
  return null;
}
