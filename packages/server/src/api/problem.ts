/** RFC 9457 problems: what every request that is not carried out gets. */
import type { Problem, Refusal } from "@tutti/core";

/** What can be wrong, with the status that says so. Clients read the kind from the problem's `type`. */
const statuses = {
  malformed: [400, "The request cannot be read"],
  unauthorized: [401, "A token is needed"],
  forbidden: [403, "Not allowed"],
  "not-found": [404, "There is no such route"],
  "unknown-image": [404, "There is no such image"],
  "unknown-terminal": [404, "There is no such terminal"],
  "unknown-session": [404, "There is no such session"],
  exists: [409, "It exists already"],
  conflict: [409, "It does not fit what is"],
  "stale-lease": [409, "The lease has ended"],
  law: [409, "It is not allowed as things stand"],
  "too-large": [413, "The body is too large"],
  "unsupported-media-type": [415, "Only JSON is read"],
  misdirected: [421, "This server is not known by that name"],
  invalid: [422, "A field is wrong"],
  "upgrade-required": [426, "A WebSocket is needed"],
  "too-many-failures": [429, "Too many wrong credentials"],
  internal: [500, "The server failed"],
  unavailable: [503, "Not now"],
} as const satisfies Record<Refusal["kind"] | string, readonly [number, string]>;
export type ProblemKind = keyof typeof statuses;

/** Without an answer's own headers, nothing may keep, sniff, frame or share it. */
export const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

export function problem(
  kind: ProblemKind,
  detail: string,
  { field, headers }: { field?: string | undefined; headers?: Record<string, string> } = {},
): Response {
  const [status, title] = statuses[kind];
  const body: Problem = { type: `urn:tutti:problem:${kind}`, title, status, detail, ...(field && { field }) };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...securityHeaders, ...headers, "content-type": "application/problem+json" },
  });
}

export const refusalProblem = ({ kind, message, field }: Refusal): Response =>
  problem(kind, message, { field });
