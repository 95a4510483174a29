/** The front door of the agent's own view of git, and of what keeps the user's git from it. */
export { closeAgentGit, type Mount, openAgentGit } from "./agent-git.ts";
export type { Inside } from "./inside.ts";
export { knownNested, noteNested, quarantineNested } from "./quarantine.ts";
export { follow, syncIn } from "./sync-in.ts";
export { syncOut } from "./sync-out.ts";
