/** The OpenAPI 3.1 document, made from core's routes. */
import { problemSchema, type RouteName, type RouteSpec, routes } from "@tutti/core";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Schema = NonNullable<RouteSpec["body"]>;

export function openApiDocument(version: string): Json {
  const schemas: Record<string, Json> = {};
  const problem = schemaOf(problemSchema, "problem", "output", schemas);
  const paths: Record<string, Record<string, Json>> = {};
  for (const [name, route] of Object.entries<RouteSpec>(routes)) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route, schemas) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Tutti", version, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    security: [{ token: [] }, { cookie: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        cookie: {
          type: "apiKey",
          in: "cookie",
          name: "tutti-PORT",
          description:
            "Of a browser that was signed in by a link; PORT is the server's, as the browser asks for it.",
        },
      },
      schemas,
      responses: {
        problem: {
          description: "Why not, by RFC 9457.",
          content: { "application/problem+json": { schema: problem } },
        },
      },
    },
  };
}

function operation(name: string, route: RouteSpec, schemas: Record<string, Json>): Json {
  const output = schemaOf(route.output, `${name}Output`, "output", schemas);
  const streams = (["events", "policyTest"] satisfies RouteName[] as string[]).includes(name);
  const parameters = (["params", "query"] as const).flatMap((part) => {
    const schema = route[part];
    return Object.entries(schema?.shape ?? {}).map(([field, value]): Json => {
      const required = part === "params" || !value.safeParse(undefined).success;
      const described = schemaOf(value, `${name}${capital(field)}`, "input", schemas);
      return { name: field, in: part === "params" ? "path" : "query", required, schema: described };
    });
  });
  return {
    operationId: name,
    summary: route.summary,
    description: `Scopes: ${route.scopes.join(", ")}.`,
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && {
      requestBody: {
        required: true,
        content: { "application/json": { schema: schemaOf(route.body, `${name}Input`, "input", schemas) } },
      },
    }),
    responses: {
      [route.socket ? 101 : 200]: {
        description: route.stream ? "Server-sent events; each one's data is JSON." : "The answer.",
        content: {
          ...(!streams && { "application/json": { schema: output } }),
          ...(route.stream && { "text/event-stream": { schema: { type: "string" } } }),
        },
      },
      default: { $ref: "#/components/responses/problem" },
    },
  };
}

/** A schema with its own definitions moved to the document's, under names that begin with `name`. */
function schemaOf(schema: Schema, name: string, io: "input" | "output", schemas: Record<string, Json>): Json {
  const {
    $schema: _,
    $defs,
    ...json
  } = JSON.parse(JSON.stringify(schema.toJSONSchema({ io, unrepresentable: "any" })));
  const renamed = (key: string) => `${name}_${key.replaceAll("_", "")}`;
  const moved = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(moved);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        if (key !== "$ref" || typeof inner !== "string") return [key, moved(inner)];
        if (inner === "#") return [key, `#/components/schemas/${name}`];
        return [key, `#/components/schemas/${renamed(inner.replace("#/$defs/", ""))}`];
      }),
    );
  };
  for (const [key, value] of Object.entries<Json>($defs ?? {})) schemas[renamed(key)] = moved(value);
  if (json.type !== "object" && json.oneOf === undefined) return moved(json);
  schemas[name] = moved(json);
  return { $ref: `#/components/schemas/${name}` };
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
