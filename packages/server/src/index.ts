/** The front door of the server. */
export { tokenFile } from "./access/tokens.ts";
export { startEmbeddedPostgres } from "./database/embedded.ts";
export { openEngine } from "./engine/engine.ts";
export { checkPolicyFolder } from "./governance/check-policy-folder.ts";
export { openPolicyQuestions, type PolicyQuestions } from "./inquiry/index.ts";
export { orchestrations } from "./orchestrations/index.ts";
export { type RunningServer, type ServerOptions, startServer } from "./server.ts";
