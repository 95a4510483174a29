/** What the app reads beside the stream, by name: each screen asks here, so that one answer serves all. */

import { queryOptions } from "@tanstack/react-query";
import type { Client } from "@tutti/client";
import type { CostBy, Look, LookAnswer, LookAnswerOf } from "@tutti/core";

/** What the stream keeps fresh: see `freshness.ts`. */
export const listKeys = ["inbox", "sessions", "cost"] as const;

export const selfQuery = (client: Client) =>
  queryOptions({ queryKey: ["self"], queryFn: () => client.self(), staleTime: Number.POSITIVE_INFINITY });

export const inboxQuery = (client: Client) =>
  queryOptions({ queryKey: ["inbox"], queryFn: () => client.inbox() });

/** Root sessions, the latest first, without those that were put away. */
export const sessionsQuery = (client: Client) =>
  queryOptions({
    queryKey: ["sessions", "open"],
    queryFn: () => client.sessions({ parent: "", closed: "false", limit: 500 }),
  });

export const foundSessionsQuery = (client: Client, query: { search?: string; closed?: "true" | "false" }) =>
  queryOptions({
    queryKey: ["sessions", "found", query],
    queryFn: () => client.sessions({ parent: "", limit: 200, ...query }),
  });

export const hostsQuery = (client: Client) =>
  queryOptions({ queryKey: ["hosts"], queryFn: () => client.hosts(), staleTime: 30_000 });

export const signInsQuery = (client: Client) =>
  queryOptions({ queryKey: ["sign-ins"], queryFn: () => client.signIns() });

export const agentsQuery = (client: Client, repository?: string) =>
  queryOptions({
    queryKey: ["agents", repository ?? null],
    queryFn: () => client.agents(repository === undefined ? {} : { repository }),
    staleTime: 30_000,
  });

/** The rules in force, for a repository or an agent where one is named. */
export const policyRulesQuery = (client: Client, place: { repository?: string; agent?: string } = {}) =>
  queryOptions({
    queryKey: ["policies", place],
    queryFn: () => client.policyRules(place),
    staleTime: 30_000,
  });

export const costQuery = (
  client: Client,
  query: { by: CostBy; since?: string; root?: string; limit?: number },
) => queryOptions({ queryKey: ["cost", query], queryFn: () => client.cost(query) });

/** What a machine sees. Looks change nothing; they are asked again when somebody comes back to them. */
export const lookQuery = <L extends Look>(client: Client, host: string, look: L) =>
  queryOptions({
    queryKey: ["look", host, look],
    queryFn: async ({ signal }): Promise<LookAnswerOf<L["type"]>> => {
      const answer: LookAnswer = await client.look(host, look, { signal });
      if (answer.type === "look.failed") throw new Error(answer.message);
      // The client has seen that the answer is to this look.
      return answer as LookAnswerOf<L["type"]>;
    },
    staleTime: 10_000,
  });
