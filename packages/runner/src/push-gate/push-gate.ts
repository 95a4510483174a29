/**
 * The push gate: to an agent, the remotes of the user's repository are this. It serves them over git's smart HTTP on a unix socket
 * whose path is the session's identity. A fetch is answered from a mirror that is made fresh first. A push stops in the hook
 * `proc-receive`: its facts are taken from the objects that came and from what the real remote holds, the log is asked, and only
 * when it says yes is it forwarded, outside, as the person.
 *
 * The log is the only journal. What the gate keeps in its folder are objects, pinned for as long as a push is open in the log.
 */
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import type { PushFacts, PushOutcome } from "@tutti/core";
import { type OpenPush, openExchange, type PushPorts, pinName } from "./exchange.ts";
import { forward, whole } from "./forward.ts";
import { type GateRepository, openGateRepository, tidy, type UserRepository } from "./gate-repository.ts";
import { gateServer } from "./gate-server.ts";
import { type GitPlace, gitOutput } from "./git-place.ts";
import { openHookSocket, SOCKET_PATH_LIMIT } from "./hook-socket.ts";
import { receiveAt } from "./receive.ts";
import { redact } from "./redaction.ts";
import { type Address, personsEnvironment, type Remote, remotesReader } from "./remotes.ts";

export interface PushGateOptions {
  /** The session's gate repositories. Made with mode 0700; kept over restarts, removed by the caller with the session. */
  folder: string;
  /** For the hook's socket: a short path, this session's own. Made with mode 0700. */
  runtimeFolder: string;
  /** Where the agent's HTTP arrives. Its folder exists. */
  socketPath: string;
  repository: UserRepository;
  /** The person's environment: with it, and with nothing of it inside, remotes are reached. */
  environment: NodeJS.ProcessEnv;
  /** Every process of the gate carries this marker, with a word of its own below it. */
  marker: string;
  ports: PushPorts;
  /** Pushes that the log has open: they are taken up at once, without any client. */
  open: readonly OpenPush[];
  now: () => Date;
  /** How often a waiting agent is told that it waits. Default 15 s. */
  heartbeatMs?: number;
  /** The largest pack that is taken. Default 4 GiB. */
  maxPushBytes?: number;
  /** What went wrong where no agent and no log is told: for the host's own log. */
  report?: (problem: string) => void;
}

export interface GateRemote {
  name: string;
  /** The remote's address at a gate that is reached under `base` (such as `http://127.0.0.1:7777`). */
  gateUrl(base: string): string;
}

export interface PushGate {
  /** The remotes of the user's repository as they are configured now. */
  remotes(): Promise<GateRemote[]>;
  /**
   * Takes up a push that the log has open, as after a restart: waits for its answer where there is none yet, forwards it when it is
   * allowed, finishes it. Joins the way that the same change is on already. Exactly once, whatever happened before.
   */
  takeUp(push: OpenPush): Promise<PushOutcome>;
  /** Ends everything: sockets, children, waiting. Pushes that have no outcome stay open in the log. */
  close(): Promise<void>;
}

/** Opens the gate of one session. Rejects when a socket's path is too long, and when git is missing or cannot read the repository. */
export async function openPushGate(options: PushGateOptions): Promise<PushGate> {
  const { folder, runtimeFolder, socketPath, repository, marker, ports, now } = options;
  const { heartbeatMs = 15_000, maxPushBytes = 4 * 1024 ** 3 } = options;
  const report = (problem: string) => options.report?.(redact(problem, []));
  const hookPath = join(runtimeFolder, "push-hook.sock");
  for (const path of [hookPath, socketPath]) {
    if (Buffer.byteLength(path) > SOCKET_PATH_LIMIT)
      throw new RangeError(
        `${path}: a socket's path has at most ${SOCKET_PATH_LIMIT} bytes: use a shorter folder`,
      );
  }
  for (const own of [folder, runtimeFolder]) {
    await mkdir(own, { recursive: true, mode: 0o700 });
    await chmod(own, 0o700);
  }

  const closing = new AbortController();
  const { signal } = closing;
  let calls = 0;
  const nextMarker = () => `${marker}/push-${++calls}`;
  const at = (cwd: string, env: NodeJS.ProcessEnv, flags: readonly string[] = []): GitPlace => ({
    cwd,
    env,
    flags,
    signal,
    nextMarker,
  });

  const person = personsEnvironment(options.environment);
  const local = localEnvironment(options.environment);
  const home = at(repository.root, person);
  const user: GitPlace = at(repository.commonDir, person, [`--git-dir=${repository.commonDir}`, ...QUIET]);
  const emptyFolder = join(folder, "no-settings.git");
  if (!existsSync(emptyFolder))
    await gitOutput(at(folder, local), ["init", "--quiet", "--bare", "--template=", emptyFolder]);
  const elsewhere = at(emptyFolder, person, [`--git-dir=${emptyFolder}`]);
  const hook = await hookProgram(folder);

  const reread = remotesReader(home, elsewhere);
  let remotes = await reread();
  const housekeeping = new Set<Promise<void>>();
  const repositories = new Map<string, Promise<GateRepository>>();
  const latest = new Map<string, Address>();
  function gateOf(remote: Remote, address: Address): Promise<GateRepository> {
    latest.set(address.key, address);
    const before = repositories.get(address.key);
    if (before) return before;
    const opening = keepOpen(
      {
        folder: join(folder, `${address.key}.git`),
        user: repository,
        place: at(folder, local),
        hook,
        remote: remote.name,
        maxPushBytes,
      },
      () => latest.get(address.key) ?? address,
    );
    repositories.set(address.key, opening);
    opening.catch(() => repositories.delete(address.key));
    const tidying = opening.then(({ place }) => tidy(place)).catch(() => {});
    housekeeping.add(tidying);
    void tidying.then(() => housekeeping.delete(tidying));
    return opening;
  }
  const openNames = new Set(options.open.map(({ facts }) => pinName(facts)));
  /** Opens a gate repository and lets go of what no push of the log needs any more. */
  async function keepOpen(...asked: Parameters<typeof openGateRepository>): Promise<GateRepository> {
    const gate = await openGateRepository(...asked);
    for (const name of await gate.pinned()) if (!openNames.has(name)) await gate.unpin(name);
    return gate;
  }
  const outside = (gate: GateRepository, { env }: Address): GitPlace =>
    at(repository.root, env, [`--git-dir=${gate.folder}`]);

  const exchange = openExchange({
    ...{ ports, signal, report },
    async pin(facts) {
      const gate = await gateFor(facts);
      const objects = facts.updates.flatMap(({ old, new: to }) => [old, to].filter((one) => one !== null));
      await gate?.pin(pinName(facts), objects);
    },
    async unpin(facts) {
      const gate = await gateFor(facts);
      await gate?.unpin(pinName(facts)).catch((cause: unknown) => report(String(cause)));
    },
    async forward(facts, say) {
      remotes = await reread();
      const remote = remotes.find(({ name }) => name === facts.remote);
      if (!remote || remote.push.url !== facts.url)
        return whole(
          facts,
          "moved",
          `the remote ${facts.remote} is not at ${facts.url} any more: push again`,
        );
      const gate = await gateOf(remote, remote.push);
      return inLine(remote.push.key, () =>
        forward(facts, { remote, gate, outside: outside(gate, remote.push), user, now, say }),
      );
    },
  });
  async function gateFor(facts: PushFacts): Promise<GateRepository | undefined> {
    const remote = remotes.find(({ name }) => name === facts.remote);
    return remote?.push.url === facts.url ? gateOf(remote, remote.push) : undefined;
  }

  const lines = new Map<string, Promise<unknown>>();
  /** One forward at a time to one address. */
  function inLine<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (lines.get(key) ?? Promise.resolve()).then(work, work);
    lines.set(
      key,
      turn.catch(() => {}),
    );
    return turn;
  }

  const hooks = await openHookSocket(hookPath, report);
  const server = gateServer({
    ...{ signal, nextMarker, report, local, hookPath, hooks },
    async remotes(fresh) {
      if (fresh) remotes = await reread();
      return remotes;
    },
    gateOf,
    receive: (remote, gate) =>
      receiveAt({ ...{ remote, gate, exchange, heartbeatMs }, outside: outside(gate, remote.push) }),
  });
  await server.listen(socketPath);

  for (const push of options.open) exchange.takeUp(push);

  let closed: Promise<void> | undefined;
  async function close(): Promise<void> {
    closing.abort(new Error("the gate is closing"));
    await exchange.idle();
    await server.close();
    await Promise.allSettled(housekeeping);
    await hooks.close();
    await rm(socketPath, { force: true });
  }
  return {
    async remotes() {
      return (await reread()).map(({ name, slug }) => ({
        name,
        gateUrl: (base) => `${base.replace(/\/$/, "")}/git/${slug}.git`,
      }));
    },
    takeUp(push) {
      openNames.add(pinName(push.facts));
      return exchange.takeUp(push).outcome;
    },
    close() {
      closed ??= close();
      return closed;
    },
  };
}

const QUIET = [
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "gc.auto=0",
  "maintenance.auto=false",
].flatMap((setting) => ["-c", setting]);

/** What git needs to work on the gate's own objects: nothing of the person's but where programs are. */
function localEnvironment({ PATH, TMPDIR }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...(PATH !== undefined && { PATH }),
    ...(TMPDIR !== undefined && { TMPDIR }),
    LC_ALL: "C",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_TERMINAL_PROMPT: "0",
  };
}

/** Writes the hook's program where it stays as long as the gate, and answers the script that starts it. */
async function hookProgram(folder: string): Promise<string> {
  const built = new URL("./proc-receive.mjs", import.meta.url);
  const program = existsSync(built)
    ? await readFile(built, "utf8")
    : stripTypeScriptTypes(await readFile(new URL("./proc-receive.ts", import.meta.url), "utf8"));
  const path = join(folder, "proc-receive.mjs");
  await writeFile(`${path}.new`, program, { mode: 0o600 });
  await rename(`${path}.new`, path);
  const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
  return `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(path)}\n`;
}
