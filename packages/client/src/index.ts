/** The front door of the client. */
export { type Client, type ClientOptions, createClient, type Family } from "./client.ts";
export type { FollowAllOptions, Message } from "./follow.ts";
export { newId, newSessionId } from "./new-id.ts";
export { ProblemError, UnreachableError } from "./problem.ts";
export { createRequest, type NewRequest, RequestRefusedError, tasksOf } from "./request.ts";
export type { Fetch } from "./transport.ts";
