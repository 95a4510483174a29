/** The public API: core's routes, each behind a credential, with what is wrong told as a problem. */
import { type Actor, type RouteName, type RouteSpec, routes } from "@tutti/core";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { openFailureLimit } from "../access/failure-limit.ts";
import type { SignIns } from "../access/sign-ins.ts";
import type { Access, TokenScope } from "../access/tokens.ts";
import type { Database } from "../database/pool.ts";
import type { Devices } from "../devices/devices.ts";
import type { Hosts } from "../hosts/hosts.ts";
import type { Looks } from "../hosts/looks.ts";
import type { Terminals } from "../hosts/terminals.ts";
import type { Images } from "../images/images.ts";
import type { Inquiry } from "../inquiry/index.ts";
import type { Hub } from "../log/hub.ts";
import type { Sessions } from "../sessions/index.ts";
import { OverloadedError } from "../sessions/turnstile.ts";
import { serveWebFiles } from "../web-files/web-files.ts";
import { agentEndpoints } from "./agents.ts";
import { auditEndpoints } from "./audit.ts";
import { openAuthentication } from "./authentication.ts";
import { costEndpoints } from "./cost.ts";
import { deviceEndpoints } from "./devices.ts";
import type { ApiEnv, Endpoint, Endpoints, RouteInput } from "./endpoint.ts";
import { eventEndpoints } from "./events.ts";
import { healthEndpoints } from "./health.ts";
import { hostEndpoints } from "./hosts.ts";
import { imageEndpoints } from "./images.ts";
import { inboxEndpoints } from "./inbox.ts";
import { lookEndpoints } from "./looks.ts";
import { openApiDocument } from "./openapi.ts";
import { policyEndpoints } from "./policy.ts";
import { problem, securityHeaders } from "./problem.ts";
import { readRequest } from "./reading.ts";
import { sessionEndpoints } from "./sessions.ts";
import { signInEndpoints, signInPage, signInPath } from "./sign-in.ts";
import type { Streams } from "./streams.ts";
import { terminalEndpoints } from "./terminals.ts";

/** The largest body of a request, in bytes. */
const bodyBytes = 8 * 1024 * 1024;

export interface AppParts {
  access: Access;
  signIns: SignIns;
  sessions: Sessions;
  hosts: Hosts;
  looks: Looks;
  terminals: Terminals;
  images: Images;
  database: Database;
  hub: Hub;
  streams: Streams;
  agentFolders: readonly string[];
  /** The web app's files; without it, there is none. */
  webFolder: string | undefined;
  inquiry: Inquiry;
  devices: Devices;
  /** The person whose state folder holds the tokens. */
  person: string;
  /** Names, without ports, under which requests may ask for this server. */
  hostNames: readonly string[];
  version: string;
  startedAt: Date;
  now(): Date;
  log(message: string, error?: unknown): void;
}

export function createApp(parts: AppParts): Hono<ApiEnv> {
  const { person, log } = parts;
  const app = new Hono<ApiEnv>();
  const failures = openFailureLimit(parts.now);
  const authentication = openAuthentication({ ...parts, failures });

  app.use(authentication.named);
  app.all(signInPath, signInPage({ ...parts, failures }));
  if (parts.webFolder !== undefined) app.use(serveWebFiles(parts.webFolder));
  app.use(authentication.known);

  app.use(
    bodyLimit({
      maxSize: bodyBytes,
      onError: () =>
        problem("too-large", `a body has at most ${bodyBytes} bytes`, { headers: { connection: "close" } }),
    }),
  );

  const actors: Record<TokenScope, Actor> = {
    person: { kind: "person", name: person },
    runner: { kind: "runner", name: "host" },
  };
  const endpoints: Endpoints = {
    ...healthEndpoints(parts),
    ...sessionEndpoints(parts),
    ...eventEndpoints(parts),
    ...hostEndpoints(parts),
    ...lookEndpoints(parts),
    ...terminalEndpoints(parts),
    ...agentEndpoints(parts.agentFolders),
    ...auditEndpoints(parts),
    ...policyEndpoints(parts.inquiry),
    ...signInEndpoints({ ...parts, authentication }),
    ...costEndpoints(parts),
    ...inboxEndpoints(parts),
    ...deviceEndpoints(parts),
    ...imageEndpoints(parts),
  };
  for (const [name, route] of Object.entries(routes) as [RouteName, RouteSpec][]) {
    const endpoint = endpoints[name] as Endpoint<RouteName>;
    app.on(route.method, route.path, async (context) => {
      const scope = context.get("scope");
      if (!route.scopes.includes(scope))
        return problem("forbidden", `this route is not for the scope ${scope}`);
      const read = await readRequest(route, context);
      if (!read.ok) return read.problem;
      const { params, query, body } = read;
      const caller = { scope, actor: actors[scope], signIn: context.get("signIn") };
      // The route's schemas have made the input what its type says.
      const answer = await endpoint({ params, query, body, caller, context } as RouteInput<RouteName>);
      return answer instanceof Response ? answer : context.json(answer, 200, securityHeaders);
    });
  }
  const document = openApiDocument(parts.version);
  app.get("/v1/openapi.json", (context) => context.json(document, 200, securityHeaders));

  app.notFound((context) => problem("not-found", `there is no ${context.req.method} ${context.req.path}`));
  app.onError((error, { req }) => {
    if (error instanceof OverloadedError)
      return problem("unavailable", error.message, { headers: { "retry-after": "1" } });
    log(`${req.method} ${req.path} failed`, error);
    return problem(
      "internal",
      "the server's log tells more; the same command may be sent again under the same id",
    );
  });
  return app;
}
