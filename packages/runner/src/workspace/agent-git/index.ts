/** The front door of the agent's own view of git, and of what keeps the user's git from it. */
export { type AgentGit, closeAgentGit, type Mount, type OpenAgentGit, openAgentGit } from "./agent-git.ts";
export type { Inside, InsideProcess } from "./inside.ts";
export {
  type KnownNested,
  knownNested,
  noteNested,
  type Quarantined,
  type QuarantineResult,
  quarantineNested,
} from "./quarantine.ts";
export { follow, type SyncedIn, syncIn } from "./sync-in.ts";
export { type Refused, type SyncedOut, type SyncOut, syncOut } from "./sync-out.ts";
