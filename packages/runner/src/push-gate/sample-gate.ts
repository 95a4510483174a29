import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPushGate, type PushGate, type PushGateOptions } from "./push-gate.ts";
import { allowAll, type SampleLog, type SamplePolicy, sampleLog } from "./sample-log.ts";

/** A user's repository with a remote, its gate, and an agent's clone whose remotes are the gate: for tests. */
export interface SampleGate {
  folder: string;
  /** The user's repository. */
  root: string;
  /** A bare repository: what `origin` is. */
  remote: string;
  /** The agent's clone. */
  agent: string;
  base: string;
  log: SampleLog;
  gate: PushGate;
  /** Runs git as the user, or as whoever works in `cwd`; answers its output, trimmed. */
  git(cwd: string, ...args: string[]): string;
  /** The same without an exception. */
  quietly(cwd: string, ...args: string[]): { code: number; said: string };
  /** Runs git as the agent and answers everything it said. */
  asAgent(...args: string[]): Promise<{ code: number; said: string }>;
  /** Starts git as the agent; `stop` kills it. */
  startAgent(...args: string[]): {
    ended: Promise<{ code: number; said: string }>;
    stop(): void;
    heard(words: string): Promise<void>;
  };
  commit(cwd: string, file: string, content?: string): string;
  /** What a ref of the remote holds, or "". */
  held(ref: string, repository?: string): string;
  /** Makes another bare repository with the same history. */
  another(name: string): string;
  /** An address of the gate, for the agent. */
  url(remote?: string): string;
  port: number;
  options(more?: Partial<PushGateOptions>): PushGateOptions;
  /** Closes the gate and opens it again over the same log and folders. */
  reopen(more?: Partial<PushGateOptions> & { policy?: SamplePolicy }): Promise<void>;
  problems: string[];
  remove(): Promise<void>;
}

export async function sampleGate(
  options: Partial<PushGateOptions> & {
    policy?: SamplePolicy;
    origin?: (remote: string) => string;
    objectFormat?: string;
  } = {},
): Promise<SampleGate> {
  const {
    policy = allowAll,
    origin = (path: string) => path,
    objectFormat = "sha1",
    environment,
    ...more
  } = options;
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tutti-gate-")));
  const [root, remote, agent, home] = ["user", "remote.git", "agent", "home"].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  mkdirSync(home);
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: home,
    GIT_CONFIG_GLOBAL: join(home, ".gitconfig"),
    GIT_CONFIG_NOSYSTEM: "1",
  };
  writeFileSync(
    join(home, ".gitconfig"),
    "[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n",
  );
  const git = (cwd: string, ...args: string[]) =>
    execFileSync("git", args, {
      cwd,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 1 << 28,
    }).trim();
  const quietly: SampleGate["quietly"] = (cwd, ...args) => {
    try {
      return { code: 0, said: git(cwd, ...args) };
    } catch (cause) {
      return { code: 1, said: String(cause) };
    }
  };
  const commit = (cwd: string, file: string, content = `${file}\n`) => {
    writeFileSync(join(cwd, file), content);
    git(cwd, "add", "--all");
    git(cwd, "commit", "--quiet", "-m", `Write ${file}`);
    return git(cwd, "rev-parse", "HEAD");
  };
  git(folder, "init", "--quiet", "--bare", `--object-format=${objectFormat}`, remote);
  git(folder, "init", "--quiet", `--object-format=${objectFormat}`, root);
  const base = commit(root, "a.txt");
  git(root, "push", "--quiet", remote, "main");
  git(root, "remote", "add", "origin", origin(remote));
  git(root, "update-ref", "refs/remotes/origin/main", "main");

  const problems: string[] = [];
  const runtimeFolder = join(tmpdir(), `tg-${randomBytes(4).toString("hex")}`);
  mkdirSync(runtimeFolder, { mode: 0o700 });
  const logPath = join(folder, "log.jsonl");
  let log = sampleLog(logPath, policy);
  const socketPath = join(runtimeFolder, "agent.sock");
  const gateOptions = (extra: Partial<PushGateOptions> = {}): PushGateOptions => ({
    folder: join(folder, "gate"),
    runtimeFolder,
    socketPath,
    repository: { root, commonDir: join(root, ".git"), objectFormat },
    environment: { ...env, ...environment },
    marker: `test/${runtimeFolder.slice(-8)}`,
    ports: log.ports,
    open: log.open(),
    now: () => new Date(),
    report: (problem) => problems.push(problem),
    ...more,
    ...extra,
  });
  let gate = await openPushGate(gateOptions());
  const bridge = await bridgeTo(socketPath);
  const port = (bridge.server.address() as AddressInfo).port;
  const url = (name = "origin") => `http://127.0.0.1:${port}/git/${name}.git`;

  const startAgent: SampleGate["startAgent"] = (...args) => {
    const listeners = new Set<() => void>();
    let said = "";
    const child = spawn("git", args, {
      cwd: agentFolder(),
      env: { ...env, GIT_TERMINAL_PROMPT: "0" },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.setEncoding("utf8");
    child.stderr.setEncoding("utf8");
    const hear = (chunk: string) => {
      said += chunk;
      for (const listener of listeners) listener();
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    const ended = new Promise<{ code: number; said: string }>((resolve) =>
      child.on("close", (code) => resolve({ code: code ?? -1, said })),
    );
    return {
      ended,
      stop: () => void process.kill(-(child.pid ?? 0), "SIGKILL"),
      heard: (words) =>
        new Promise((resolve, reject) => {
          const check = () => {
            if (said.includes(words)) resolve();
          };
          listeners.add(check);
          check();
          void ended.then(() => reject(new Error(`git ended without "${words}": ${said}`)));
        }),
    };
  };
  let exists = false;
  const agentFolder = () => (exists ? agent : folder);
  const asAgent = (...args: string[]) => startAgent(...args).ended;
  const cloned = await asAgent("clone", "--quiet", url(), agent);
  if (cloned.code !== 0) throw new Error(`${cloned.said}\n${problems.join("\n")}`);
  exists = true;

  return {
    ...{ folder, root, remote, agent, base, git, quietly, asAgent, startAgent, commit, url, port, problems },
    options: gateOptions,
    get log() {
      return log;
    },
    get gate() {
      return gate;
    },
    held: (ref, repository = remote) =>
      quietly(repository, "rev-parse", "--verify", "--quiet", ref).said.replace(/^Error.*$/s, ""),
    another(name) {
      const path = join(folder, name);
      git(folder, "clone", "--quiet", "--bare", remote, path);
      return path;
    },
    async reopen({ policy: other = policy, ...extra } = {}) {
      await gate.close();
      log = sampleLog(logPath, other);
      gate = await openPushGate(gateOptions(extra));
    },
    async remove() {
      await gate.close();
      bridge.close();
      await rm(folder, { recursive: true, force: true });
      await rm(runtimeFolder, { recursive: true, force: true });
    },
  };
}

/** Loopback port → unix socket, as the sandbox has it. */
async function bridgeTo(path: string): Promise<{ server: Server; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((inside) => {
    const outside = connect(path);
    for (const [socket, other] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    server,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** An executable script. */
export function script(path: string, text: string): string {
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}
