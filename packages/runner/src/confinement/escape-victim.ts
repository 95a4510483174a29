import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { isAlive } from "../process/alive.ts";

/** What an escape would reach: a user's files, processes and sockets, laid out outside of a confinement, with nothing real in them. */
export interface EscapeVictim {
  /** Holds everything, the confined program's own folders included. */
  folder: string;
  home: string;
  workspace: string;
  /** The folder of the sockets that the confined program may use. */
  sockets: string;
  /** Names for the attempts' scripts. */
  names: Readonly<Record<string, string>>;
  /** What has happened to it since it was asked last; nothing, if nobody got out. */
  harm(): Promise<string[]>;
  remove(): Promise<void>;
}

/** A word that stands in every file and environment that may not be read inside. */
const files = {
  ".ssh/id_ed25519": "SECRET key",
  ".aws/credentials": "SECRET aws",
  ".netrc": "SECRET netrc",
  ".config/gh/hosts.yml": "SECRET gh",
  ".bashrc": "# SECRET rc",
  ".gitconfig": "# SECRET git",
  ".tutti/token": "SECRET token",
  ".tutti/worktrees/other/file": "SECRET other",
  "project/.git/config": "# SECRET config",
  "project/.git/hooks/post-checkout": "# SECRET hook",
  "project/.git/refs/heads/main": "SECRET main",
  "project/.git/objects/pack/one.pack": "SECRET pack",
} as const;

/** @param around a folder that exists; everything is made in a new one within */
export async function layOutVictim(around: string): Promise<EscapeVictim> {
  const folder = await mkdtemp(join(around, "escape-"));
  const home = join(folder, "home");
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), `${content}\n`, { mode: 0o600 });
  }
  const workspace = join(home, ".tutti/worktrees/own");
  const sockets = join(folder, "sockets");
  for (const path of [workspace, sockets]) await mkdir(path);

  const heard: string[] = [];
  const abstract = `tutti-escape-${randomUUID()}`;
  const servers = [join(folder, "open.sock"), `\0${abstract}`, 0].map((at) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      if (at !== 0 || socket.remoteAddress !== undefined)
        heard.push(`a connection to ${String(at).replace("\0", "@")}`);
      socket.end("SECRET answer\n");
    });
    return typeof at === "number" ? server.listen(at, "127.0.0.1") : server.listen(at);
  });
  const allowed = createServer((socket) => socket.on("error", () => {}).end("welcome\n")).listen(
    join(sockets, "own.sock"),
  );
  await Promise.all([...servers, allowed].map((server) => once(server, "listening")));
  const udp = createSocket("udp4").on("message", () => heard.push("a datagram"));
  udp.bind(0, "127.0.0.1");
  await once(udp, "listening");
  const tcp = servers[2]?.address();
  if (tcp === null || typeof tcp !== "object") throw new Error("a TCP server has an address");

  const child = spawn("/bin/sh", ["-c", "exec sleep 1000"], {
    cwd: home,
    env: { TOKEN: "SECRET environment" },
    stdio: "ignore",
    detached: true,
  });
  await once(child, "spawn");
  const pid = child.pid ?? 0;

  const before = await pictureOf(home, workspace);
  return {
    folder,
    home,
    workspace,
    sockets,
    names: {
      VICTIM: home,
      OWN: workspace,
      OTHER: join(home, ".tutti/worktrees/other"),
      MAIN: join(home, "project/.git"),
      OUTSIDE: folder,
      PID: String(pid),
      PATH_SOCKET: join(folder, "open.sock"),
      ABSTRACT: abstract,
      TCP: String(tcp.port),
      UDP: String(udp.address().port),
    },
    async harm() {
      const found = heard.splice(0);
      if (!isAlive(pid) || child.exitCode !== null || child.signalCode !== null)
        found.push("the process has ended");
      const now = await pictureOf(home, workspace);
      for (const path of new Set([...before.keys(), ...now.keys()])) {
        const is = now.get(path);
        if (is === before.get(path)) continue;
        found.push(`${path} has changed`);
        if (is === undefined) before.delete(path);
        else before.set(path, is);
      }
      return found;
    },
    async remove() {
      child.kill("SIGKILL");
      udp.close();
      for (const server of [...servers, allowed]) server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Every path below with its kind, its rights and its content. */
async function pictureOf(folder: string, without: string): Promise<Map<string, string>> {
  const picture = new Map<string, string>();
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if (path.startsWith(`${without}/`)) continue;
    const { mode } = await lstat(path);
    const kind = mode & 0o170000;
    const content =
      kind === 0o100000 ? await readFile(path, "latin1") : kind === 0o120000 ? await readlink(path) : "";
    picture.set(path, `${mode.toString(8)} ${content}`);
  }
  return picture;
}
