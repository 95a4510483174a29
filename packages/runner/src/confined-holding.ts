/**
 * Holds one session's agent on this machine: a home of its own, its own view of git, ways out that are asked about, and the
 * operating system's walls around all of it.
 *
 * Opened before a turn and released when its program has ended. What must outlive the turn (the private home, the view of
 * git, the push gate) lies in the session's folders or is handed in.
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type {
  Environment,
  Harness,
  HarnessNeeds,
  Installation,
  ModelProvider,
  SessionState,
  ToolCall,
  TurnFailure,
} from "@tutti/core";
import { type Confinement, type ConfinementHere, confine, plainEnvironment } from "./confinement/index.ts";
import { type Holding, unheld } from "./holding.ts";
import { agentEnvironment, proxyEnvironment } from "./inside-environment.ts";
import {
  hostGroups,
  openEgressProxy,
  openLocalRelay,
  openModelProxy,
  type Upstream,
} from "./model-proxy/index.ts";
import { loginRecords, openPrivateHome } from "./private-home.ts";
import { spawnTree } from "./process/spawn.ts";
import { readableFolders } from "./readable-folders.ts";
import { openAgentView } from "./workspace/agent-view.ts";

/** Loopback ports inside. */
const modelPort = 4101;
const egressPort = 4102;
/** The push gate's, which the agent's remotes name. */
export const gatePort = 4103;

/** The base URL inside of whatever serves the models: the proxy knows the rest of the way. */
const insideApi = `http://127.0.0.1:${modelPort}`;

/** What stands inside in the place of a key that is put in outside. */
const keyInside = "held-by-tutti";

/** Room for a build and its tests; a fork bomb ends at it. */
const limits = { processes: 4_096, memoryBytes: 16 * 1024 ** 3 };

export interface HoldOptions {
  state: SessionState;
  harness: Harness;
  installation: Installation;
  environment: Environment;
  home: string;
  /** Whether programs can be confined on this machine. */
  here(): Promise<ConfinementHere>;
  /** Tutti's own folder on this machine. */
  stateFolder: string;
  /** The turn's short folder (0700). */
  folder: string;
  marker: string;
  /** The socket of the session's push gate; undefined without one. */
  gate?: { socketPath: string; gateUrl(remote: string): string | undefined };
  /** Asks whether a host may be reached. */
  askHost(call: ToolCall): Promise<{ ok: true } | { ok: false; reason: string }>;
}

export type Held = { ok: true; holding: Holding } | { ok: false; failure: TurnFailure };

/** What a session wants, where it says nothing itself: nobody is there to look after one whose questions answer themselves. */
export function wishOf({ spec }: Pick<SessionState, "spec">): "required" | "preferred" | "off" {
  return spec.confinement ?? (spec.onNoAnswer ? "required" : "preferred");
}

/** Holds the agent as its session wants it. A wish that can't be kept is a failure or a doubt in the log, never silence. */
export async function hold(options: HoldOptions): Promise<Held> {
  const { state, harness, environment, home } = options;
  const wish = wishOf(state);
  const free = (doubt?: string): Held => ({ ok: true, holding: unheld(environment, home, doubt) });
  if (!harness.needs) return free();
  if (wish === "off")
    return free(
      "Confinement is switched off: what the agent starts can do all that you can, and a push is judged by the text of its command alone.",
    );
  const here = await options.here();
  if (!here.holds) {
    const why = `The agent is not confined: ${here.why}`;
    if (wish === "required")
      return {
        ok: false,
        failure: {
          kind: "confinement",
          message: `${why} This session requires it, so its agent is not started.`,
        },
      };
    return free(
      `${why} What it starts can do all that you can, and a push is judged by the text of its command alone.`,
    );
  }
  const needs = await harness.needs(options.installation, {
    environment,
    ...(state.spec.harness?.provider && { provider: state.spec.harness.provider }),
  });
  return openHolding({ ...options, needs, bubblewrap: here.bubblewrap });
}

interface OpenHolding extends HoldOptions {
  needs: HarnessNeeds;
  bubblewrap: Extract<ConfinementHere, { holds: true }>["bubblewrap"];
}

async function openHolding(options: OpenHolding): Promise<Held> {
  const { state, needs, environment, home, folder, stateFolder, marker, bubblewrap } = options;
  /** What is taken down, last first. */
  const ends: (() => Promise<unknown>)[] = [];
  const told: string[] = [];
  const takeDown = async () => {
    for (const end of ends.splice(0).reverse())
      try {
        await end();
      } catch (error) {
        told.push(`What held the agent did not come down as it should: ${messageOf(error)}`);
      }
  };
  try {
    const own = join(stateFolder, "sessions", state.id);
    const sockets = join(folder, "net");
    await mkdir(sockets, { recursive: true, mode: 0o700 });
    const route = routeOf(options);
    const ports = [{ port: egressPort, socket: join(sockets, "egress.sock") }];

    const { forkOf } = state.spec;
    const privateHome = await openPrivateHome({
      folder: own,
      home,
      keeps: needs.keeps,
      withLogins: route.upstream === undefined,
      records: loginRecords(stateFolder),
      ...(forkOf !== undefined && { forkOf: join(stateFolder, "sessions", forkOf) }),
    });
    ends.push(async () => told.push(...(await privateHome.takeBack())));

    if (route.upstream) {
      const socketPath = join(sockets, "model.sock");
      const proxy = await openModelProxy({ socketPath, upstream: route.upstream, environment });
      ends.push(() => proxy.close());
      ports.push({ port: modelPort, socket: socketPath });
    }
    for (const port of needs.localPorts) {
      const socketPath = join(sockets, `local-${port}.sock`);
      const relay = await openLocalRelay(socketPath, port);
      ends.push(() => relay.close());
      ports.push({ port, socket: socketPath });
    }
    const egress = await openEgressProxy({
      socketPath: join(sockets, "egress.sock"),
      known: [...needs.hosts, ...hostGroups.flatMap(({ hosts }) => hosts)],
      allow: (host, port) => options.askHost(hostCall(host, port)),
    });
    ends.push(() => egress.close());
    if (options.gate) ports.push({ port: gatePort, socket: options.gate.socketPath });

    const workspace = state.spec.workspace ?? join(own, "work");
    if (!state.spec.workspace) await mkdir(workspace, { recursive: true, mode: 0o700 });
    const view = await openAgentView({
      stateFolder,
      workspace,
      session: state.spec.parent ?? state.id,
      task: state.spec.task,
      gateUrl: options.gate?.gateUrl,
    });
    const confinement = await confine(
      {
        workspace,
        home: { path: home, folder: privateHome.folder },
        temporary: privateHome.temporary,
        readable: await readableFolders(options, [folder, ...needs.programs]),
        writable: [],
        mounts: [...privateHome.mounts, ...view.mounts],
        ports,
        environment: proxyEnvironment(egressPort),
        limits,
      },
      bubblewrap,
    );
    ends.push(() => confinement.close());
    told.push(...(await view.begin(insideOf(confinement, workspace, environment, marker))));
    const pushGate = options.gate !== undefined && view.kind === "worktree";
    return {
      ok: true,
      holding: {
        environment: { ...agentEnvironment(environment, needs.variables), HOME: home, ...route.environment },
        ...(route.provider && { provider: route.provider }),
        confinement: {
          wrap: (call) => confinement.wrap(call),
          ...(route.ownApi && { ownApi: route.ownApi }),
        },
        cwd: workspace,
        machine: { home, confined: true, pushGate },
        async release() {
          try {
            told.push(...(await view.finish(insideOf(confinement, workspace, environment, marker))));
          } catch (error) {
            told.push(`The agent's commits could not be brought into your repository: ${messageOf(error)}`);
          }
          await takeDown();
          return told;
        },
      },
    };
  } catch (error) {
    await takeDown();
    return {
      ok: false,
      failure: { kind: "confinement", message: `The agent could not be confined: ${messageOf(error)}` },
    };
  }
}

/** How the model is reached from inside, and what of the credential is seen there: nothing, where that can be. */
function routeOf({ state, needs, environment }: OpenHolding): {
  upstream?: Upstream;
  provider?: ModelProvider;
  environment: Record<string, string>;
  ownApi?: string;
} {
  const provider = state.spec.harness?.provider;
  if (provider) {
    const { apiKeyEnv, baseUrl } = provider;
    const key = apiKeyEnv === undefined ? undefined : environment[apiKeyEnv];
    return {
      upstream: {
        baseUrl,
        ...(key && { credential: credentialOf(provider.wire, key) }),
      },
      provider: { ...provider, baseUrl: insideApi },
      environment: apiKeyEnv !== undefined && key ? { [apiKeyEnv]: keyInside } : {},
    };
  }
  const { key } = needs;
  const value = key && environment[key.variable];
  if (!key || !value) return { environment: {} };
  return {
    upstream: {
      baseUrl: key.api,
      credential: { header: key.header, value: `${key.prefix}${value}` },
    },
    environment: { [key.variable]: keyInside, [key.apiVariable]: insideApi },
    ownApi: insideApi,
  };
}

const credentialOf = (wire: ModelProvider["wire"], key: string): NonNullable<Upstream["credential"]> =>
  wire === "anthropic"
    ? { header: "x-api-key", value: key }
    : { header: "authorization", value: `Bearer ${key}` };

/** A connection to a host, as the gate sees it. */
function hostCall(host: string, port: number): ToolCall {
  return {
    id: `network-${host}-${port}`,
    kind: "web",
    name: "network",
    input: {
      url: `${port === 80 ? "http" : "https"}://${host}${port === 80 || port === 443 ? "" : `:${port}`}/`,
    },
    fingerprint: `network ${host}:${port}`,
  };
}

/** Starts a command inside, for what must read the agent's own files. */
function insideOf(confinement: Confinement, cwd: string, environment: Environment, marker: string) {
  let count = 0;
  return async (command: readonly string[]) => {
    const [program = "", ...args] = command;
    count += 1;
    const spawned = await spawnTree({
      command: program,
      args,
      cwd,
      env: plainEnvironment(environment),
      marker: `${marker}/inside-${process.pid}-${count}`,
      confinement,
    });
    if (!spawned.ok) throw new Error(spawned.reason.message);
    return spawned.tree;
  };
}

/** Removes what a session that is closed kept on this machine. */
export async function forgetSession(stateFolder: string, session: string): Promise<void> {
  for (const kept of ["sessions", "push-gates"])
    await rm(join(stateFolder, kept, session), { recursive: true, force: true });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
