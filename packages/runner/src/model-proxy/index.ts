/**
 * What a confined agent reaches the world through. Inside there is no network: a loopback port inside leads to a unix
 * socket outside, and one of these serves it. A socket belongs to one session; its path is the session's identity, so
 * nothing that is said on it needs a token of ours.
 */
export { hostGroups } from "./default-hosts.ts";
export { openEgressProxy } from "./egress-proxy.ts";
export { openLocalRelay } from "./local-relay.ts";
export { type LentLogin, lendLogin, takeBackLogins } from "./login-copy.ts";
export { openModelProxy, type Upstream } from "./model-proxy.ts";
