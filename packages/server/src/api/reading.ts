/** Reads what a request brings by the schemas of its route; what is wrong becomes a problem that names the field. */
import type { RouteSpec } from "@tutti/core";
import type { Context } from "hono";
import type { ApiEnv } from "./endpoint.ts";
import { problem } from "./problem.ts";

interface Issue {
  readonly code?: string;
  readonly path: PropertyKey[];
  readonly message: string;
  readonly keys?: string[];
}

export type Read =
  | { ok: true; params: unknown; query: unknown; body: unknown }
  | { ok: false; problem: Response };

export async function readRequest(route: RouteSpec, context: Context<ApiEnv>): Promise<Read> {
  const { params, query, body } = route;
  const given = {
    params: params && context.req.param(),
    query: queryOf(context),
    body: undefined as unknown,
  };
  if (body) {
    const read = await readJson(context);
    if (!read.ok) return read;
    given.body = read.value;
  }
  const found = { params: undefined as unknown, query: undefined as unknown, body: undefined as unknown };
  for (const part of ["params", "query", "body"] as const) {
    const schema = { params, query, body }[part];
    if (!schema) {
      const [unknown] = part === "query" ? Object.keys(given.query) : [];
      if (unknown !== undefined)
        return { ok: false, problem: problem("invalid", "unknown field", { field: unknown }) };
      continue;
    }
    const parsed = schema.safeParse(given[part]);
    if (!parsed.success) return { ok: false, problem: invalid(parsed.error.issues) };
    found[part] = parsed.data;
  }
  return { ok: true, ...found };
}

function invalid(issues: readonly Issue[]): Response {
  const [issue] = issues;
  if (!issue) return problem("invalid", "the request is not what the route takes");
  const unknown = issue.code === "unrecognized_keys" ? (issue.keys ?? []).slice(0, 1) : [];
  const field = [...issue.path, ...unknown].map(String).join(".");
  const detail = unknown.length > 0 ? "unknown field" : issue.message;
  return problem("invalid", field ? `${field}: ${detail}` : detail, { field });
}

async function readJson(
  context: Context<ApiEnv>,
): Promise<{ ok: true; value: unknown } | { ok: false; problem: Response }> {
  const type = context.req.header("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type))
    return { ok: false, problem: problem("unsupported-media-type", "send application/json") };
  try {
    return { ok: true, value: JSON.parse(await context.req.text()) };
  } catch (error) {
    // A body that breaks off is not JSON either.
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, problem: problem("malformed", `the body is not JSON: ${why}`) };
  }
}

/** A field that comes once is a text; one that comes several times is a list, which no route takes. */
function queryOf(context: Context<ApiEnv>): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(context.req.queries()).map(([name, values]) => [
      name,
      values.length === 1 ? (values[0] ?? "") : values,
    ]),
  );
}
