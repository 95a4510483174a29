/** Where everything is. Screens are loaded when they are opened first. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { FamilyContext, useFamily } from "../connection/use-connection.ts";
import { Empty, Trouble } from "../design/screen-states.tsx";
import { Shell } from "./shell.tsx";

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => (
    <Empty title="There is nothing here">The address leads to no screen of Tutti.</Empty>
  ),
  errorComponent: ({ error, reset }) => <Trouble error={error} retry={reset} />,
});

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/inbox" });
  },
});

const inbox = createRoute({
  getParentRoute: () => root,
  path: "/inbox",
  /** `show`: the approval or session whose request is open beside the list. */
  validateSearch: (search: Record<string, unknown>): { show?: string; everything?: true } => ({
    ...(typeof search.show === "string" && { show: search.show }),
    ...(search.everything === true && { everything: true }),
  }),
  component: lazyRouteComponent(() => import("../inbox/inbox-screen.tsx"), "InboxScreen"),
});

const approval = createRoute({
  getParentRoute: () => root,
  path: "/a/$approval",
  component: lazyRouteComponent(() => import("../inbox/approval-screen.tsx"), "ApprovalScreen"),
});

const sessions = createRoute({
  getParentRoute: () => root,
  path: "/s",
  validateSearch: (search: Record<string, unknown>): { search?: string; archived?: true } => ({
    ...(typeof search.search === "string" && { search: search.search }),
    ...(search.archived === true && { archived: true }),
  }),
  component: lazyRouteComponent(() => import("../sessions/sessions-screen.tsx"), "SessionsScreen"),
});

/** Everything about one session shares its family. */
const session = createRoute({
  getParentRoute: () => root,
  path: "/s/$id",
  component: function Session() {
    const { id } = session.useParams();
    const family = useFamily(id);
    return (
      <FamilyContext value={family}>
        <Outlet />
      </FamilyContext>
    );
  },
});

const timeline = createRoute({
  getParentRoute: () => session,
  path: "/",
  /** `agent`: only what this child session did. */
  validateSearch: (search: Record<string, unknown>): { agent?: string } =>
    typeof search.agent === "string" ? { agent: search.agent } : {},
  component: lazyRouteComponent(() => import("../session/session-screen.tsx"), "SessionScreen"),
});

const changes = createRoute({
  getParentRoute: () => session,
  path: "changes",
  validateSearch: (search: Record<string, unknown>): { task?: string; file?: string } => ({
    ...(typeof search.task === "string" && { task: search.task }),
    ...(typeof search.file === "string" && { file: search.file }),
  }),
  component: lazyRouteComponent(() => import("../review/review-screen.tsx"), "ReviewScreen"),
});

const files = createRoute({
  getParentRoute: () => session,
  path: "files",
  /** `in`: the folder of this task, or the repository. */
  validateSearch: (search: Record<string, unknown>): { in?: string; path?: string; line?: number } => ({
    ...(typeof search.in === "string" && { in: search.in }),
    ...(typeof search.path === "string" && { path: search.path }),
    ...(Number.isSafeInteger(search.line) && { line: Number(search.line) }),
  }),
  component: lazyRouteComponent(() => import("../files/files-screen.tsx"), "FilesScreen"),
});

const terminal = createRoute({
  getParentRoute: () => session,
  path: "terminal",
  validateSearch: (search: Record<string, unknown>): { in?: string } =>
    typeof search.in === "string" ? { in: search.in } : {},
  component: lazyRouteComponent(() => import("../terminal/terminal-screen.tsx"), "TerminalScreen"),
});

const newSession = createRoute({
  getParentRoute: () => root,
  path: "/new",
  component: lazyRouteComponent(() => import("../new-session/new-session-screen.tsx"), "NewSessionScreen"),
});

const reviews = createRoute({
  getParentRoute: () => root,
  path: "/reviews",
  component: lazyRouteComponent(() => import("../review/reviews-screen.tsx"), "ReviewsScreen"),
});

const cost = createRoute({
  getParentRoute: () => root,
  path: "/cost",
  component: lazyRouteComponent(() => import("../cost/cost-screen.tsx"), "CostScreen"),
});

const agents = createRoute({
  getParentRoute: () => root,
  path: "/agents",
  component: lazyRouteComponent(() => import("../agents/agents-screen.tsx"), "AgentsScreen"),
});

const policies = createRoute({
  getParentRoute: () => root,
  path: "/policies",
  component: lazyRouteComponent(() => import("../policies/policies-screen.tsx"), "PoliciesScreen"),
});

const hosts = createRoute({
  getParentRoute: () => root,
  path: "/hosts",
  component: lazyRouteComponent(() => import("../hosts/hosts-screen.tsx"), "HostsScreen"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("../settings/settings-screen.tsx"), "SettingsScreen"),
});

const tree = root.addChildren([
  home,
  inbox,
  approval,
  sessions,
  session.addChildren([timeline, changes, files, terminal]),
  newSession,
  reviews,
  cost,
  agents,
  policies,
  hosts,
  settings,
]);

export const router = createRouter({ routeTree: tree, defaultPreload: "intent", scrollRestoration: true });

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
