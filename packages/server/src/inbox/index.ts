/** The front door of the inbox: what waits for a person, and what they have seen. */
export { readInbox } from "./read.ts";
export { markSeen } from "./seen.ts";
