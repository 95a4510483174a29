/**
 * The real server, the real host and a real repository in one place, for tests that go through the front door.
 *
 * The database is real, git is real, the API is spoken over the unix socket. Only the harness may be the fake one.
 */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Client, createClient } from "@tutti/client";
import { nodeFetch } from "@tutti/client/node";
import type {
  Agent,
  ApprovalState,
  Finding,
  Harness,
  LoggedEvent,
  PolicyUse,
  SessionState,
  TaskSpec,
  TaskState,
} from "@tutti/core";
import { agentSchema, foldAll, isPending } from "@tutti/core";
import {
  doWork,
  harnesses,
  holdCommandsOf,
  openConfinementHere,
  type RunningHost,
  settingsClaims,
  startHost,
} from "@tutti/runner";
import { openEngine, orchestrations, type RunningServer, startServer, tokenFile } from "@tutti/server";
import { testDatabase } from "@tutti/server/testing";

export interface Stage {
  folder: string;
  /** The user's checkout, on branch main. */
  repository: string;
  stateFolder: string;
  /** Short paths: the API's socket (`api.sock`) and those of the sessions. */
  runtimeFolder: string;
  /** The person's home. */
  home: string;
  hostId: string;
  /** The API on a loopback port. */
  url: string;
  client: Client;
  git(...args: string[]): string;
  write(path: string, content: string): Promise<void>;
  commit(message: string): string;
  /** Asks for work and answers the root session's id. */
  ask(request: {
    agent: Agent;
    tasks: TaskSpec[];
    yes?: boolean;
    repositoryAgent?: boolean;
    /** Rules of the request. */
    policies?: PolicyUse[];
  }): Promise<string>;
  /** Waits until the session's state satisfies; a state is looked at after every event. */
  until<T>(session: string, select: (state: SessionState) => T | undefined): Promise<T>;
  /** The task of a one-task request once it has ended. */
  ended(session: string): Promise<TaskState>;
  /** The first unanswered question of a root session. */
  question(session: string): Promise<ApprovalState>;
  answer(session: string, approval: string, answer: "allow" | "deny", reason?: string): Promise<void>;
  /** Sends a merge back with notes and answers the question that follows. */
  sendBack(session: string, approval: string, notes: Finding[]): Promise<ApprovalState>;
  log(session: string): Promise<LoggedEvent[]>;
  host(): Promise<RunningHost>;
  server(): Promise<RunningServer>;
  stopServer(): Promise<void>;
  close(): Promise<void>;
}

export interface StageOptions {
  files?: Record<string, string>;
  /** What the fake harness plays: a script by prompt and system text. */
  script?: unknown;
  environment?: Record<string, string>;
  harnesses?: readonly Harness[];
  folders?: readonly string[];
  holdMs?: number;
}

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "tutti-e2e-")));
  const repository = join(folder, "project");
  const stateFolder = join(folder, "state");
  const runtimeFolder = await realpath(await mkdtemp(join(tmpdir(), "t-")));
  const home = join(folder, "home");
  await mkdir(home, { recursive: true });
  await mkdir(stateFolder, { mode: 0o700 });
  const environment: Record<string, string | undefined> = {
    PATH: process.env.PATH,
    HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
    TUTTI_FAKE_HARNESS: "1",
    TUTTI_FAKE_SCRIPT: JSON.stringify(options.script ?? {}),
    ...options.environment,
  };
  const git = (...args: string[]) =>
    execFileSync("git", args, {
      cwd: repository,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, GIT_CONFIG_NOSYSTEM: "1", HOME: home },
    }).trim();
  const write = async (path: string, content: string) => {
    await mkdir(dirname(join(repository, path)), { recursive: true });
    await writeFile(join(repository, path), content);
  };
  const commit = (message: string) => {
    git("add", "--all");
    git("-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--no-gpg-sign", "-m", message);
    return git("rev-parse", "HEAD");
  };
  await mkdir(repository);
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "Ada");
  git("config", "user.email", "ada@example.org");
  for (const [path, content] of Object.entries(options.files ?? { "README.md": "# sample\n" }))
    await write(path, content);
  commit("Start");

  const database = await testDatabase();
  const socketPath = join(runtimeFolder, "api.sock");
  const problems: string[] = [];
  const note = (message: string, error?: unknown) =>
    problems.push(`${message}${error ? `: ${error instanceof Error ? error.stack : String(error)}` : ""}`);
  // Its own: a host that starts ends everything on the machine that bears its id.
  const hostId = `test-host-${randomUUID()}`;
  const newId = (prefix: string) => `${prefix}-${randomUUID()}`;

  let server: RunningServer | undefined;
  let host: RunningHost | undefined;
  const startTheServer = async () => {
    server = await startServer({
      databaseUrl: database.url,
      stateDir: stateFolder,
      runtimeDir: runtimeFolder,
      socketPath,
      port: 0,
      agentFolders: [],
      version: "test",
      log: note,
      openEngine: (parts) => openEngine({ ...parts, node: "test", programs: orchestrations, ports: parts }),
    });
    return server;
  };
  await startTheServer();
  const tokenOf = async (scope: "person" | "runner") =>
    (await readFile(tokenFile(stateFolder, scope), "utf8")).trim();
  const clientOf = async (scope: "person" | "runner") =>
    createClient({
      baseUrl: "http://localhost",
      token: await tokenOf(scope),
      fetch: nodeFetch(socketPath),
    });
  const client = await clientOf("person");
  const here = openConfinementHere({
    harnesses: options.harnesses ?? harnesses,
    environment,
    folders: options.folders ?? [],
    now: () => performance.now(),
  });
  const startTheHost = async () => {
    host = await startHost({
      client: await clientOf("runner"),
      api: { socketPath, token: await tokenOf("runner") },
      id: hostId,
      name: "test",
      runtimeFolder,
      stateFolder,
      here,
      harnesses: options.harnesses ?? harnesses,
      environment,
      folders: options.folders ?? [],
      ensureGate: async () => ({ ok: true }),
      work: (session, request, { signal, wish }) =>
        doWork(request, {
          settingsClaims,
          stateFolder,
          session,
          hold: holdCommandsOf({
            ...{ wish, here, environment, home, stateFolder },
            folder: join(runtimeFolder, randomUUID().slice(0, 8)),
            session,
            task: "task" in request ? request.task : undefined,
          }),
          marker: `${hostId}/${session}/${randomUUID()}`,
          now: new Date(),
          signal,
        }),
      holdMs: options.holdMs ?? 600_000,
      newId,
      log: note,
    });
    return host;
  };
  await startTheHost();

  const until: Stage["until"] = async (session, select) => {
    for await (const state of client.live(session)) {
      const found = select(state);
      if (found !== undefined) return found;
    }
    throw new Error(`the log of ${session} ended before what was waited for\n${problems.join("\n")}`);
  };

  return {
    folder,
    repository,
    stateFolder,
    runtimeFolder,
    home,
    hostId,
    url: server?.url ?? "",
    client,
    git,
    write,
    commit,
    async ask({ agent, tasks, yes = false, repositoryAgent = false, policies = [] }) {
      const session = newId("req").slice(0, 12);
      const sent = await client.command({
        id: newId("command"),
        session,
        command: {
          type: "session.create",
          spec: {
            title: tasks[0]?.text ?? "",
            agent: agent.name,
            host: hostId,
            orchestration: {
              name: agent.orchestration,
              version: "1",
              input: { agent, repositoryAgent, repository, tasks },
            },
            tools: [],
            policies,
            excludeVendors: [],
            preapproved: yes ? ["merge"] : [],
          },
        },
      });
      if (!sent.ok) throw new Error(sent.refusal.message);
      return session;
    },
    until,
    ended: (session) =>
      until(session, ({ tasks }) => {
        const [task] = Object.values(tasks);
        return task?.outcome ? task : undefined;
      }),
    question: (session) => until(session, ({ approvals }) => Object.values(approvals).find(isPending)),
    async answer(session, approval, answer, reason) {
      const command = { type: "approval.resolve" as const, approval, answer, ...(reason && { reason }) };
      const sent = await client.command({ id: newId("command"), session, command });
      if (!sent.ok) throw new Error(sent.refusal.message);
    },
    async sendBack(session, approval, notes) {
      const command = { type: "approval.resolve" as const, approval, answer: "deny" as const, notes };
      const sent = await client.command({ id: newId("command"), session, command });
      if (!sent.ok) throw new Error(sent.refusal.message);
      return until(session, ({ approvals, tasks }) => {
        const [task] = Object.values(tasks);
        if (task?.outcome) throw new Error(`the task ended: ${task.outcome} (${task.outcomeDetail})`);
        return Object.values(approvals).find((one) => isPending(one) && one.id !== approval);
      });
    },
    log: (session) => client.events(session, { after: 0, limit: 5_000 }),
    host: startTheHost,
    server: startTheServer,
    async stopServer() {
      await server?.stop();
    },
    async close() {
      await host?.stop();
      await server?.stop();
      await database.close();
      await rm(folder, { recursive: true, force: true });
      await rm(runtimeFolder, { recursive: true, force: true });
    },
  };
}

/** An agent whose roles the fake harness plays, each on a route of its own with a declared vendor. */
export function fakeAgent(
  vendors: { implementer: string[]; reviewer: string[] },
  limits: Partial<Agent["limits"]> = {},
): Agent {
  const all = [...new Set([...vendors.implementer, ...vendors.reviewer])];
  const seats = (names: string[]) => names.map((vendor) => ({ harness: "fake", provider: vendor }));
  return agentSchema.parse({
    name: "polly",
    orchestration: "implement-review-merge",
    roles: { implementer: seats(vendors.implementer), reviewer: seats(vendors.reviewer) },
    providers: Object.fromEntries(
      all.map((vendor) => [
        vendor,
        { baseUrl: "http://127.0.0.1:9", wire: "chat", ...(vendor !== "nobody" && { vendor }) },
      ]),
    ),
    limits,
  });
}

/** A log folds to the state that the API answers. */
export const folded = (log: readonly LoggedEvent[]): SessionState | undefined => foldAll(log);
