/** Holds the project's own commands, set-up and checks, as agents are held: what they run is what an agent wrote. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ConfinementWish, Environment } from "@tutti/core";
import { type ConfinementHere, confine, plainEnvironment } from "./confinement/index.ts";
import { proxyEnvironment } from "./inside-environment.ts";
import { hostGroups, openEgressProxy } from "./model-proxy/index.ts";
import { readableFolders } from "./readable-folders.ts";
import type { HoldCommands } from "./workspace/held-commands.ts";

const egressPort = 4102;
const limits = { processes: 4_096, memoryBytes: 16 * 1024 ** 3 };
const registries = hostGroups.flatMap(({ hosts }) => hosts);

export interface ConfinedWorkOptions {
  wish: ConfinementWish;
  here(): Promise<ConfinementHere>;
  environment: Environment;
  home: string;
  stateFolder: string;
  /** A short private folder for sockets; made and removed with each piece of work. */
  folder: string;
  session: string;
  /** Set-up and checks of one task share a private home. */
  task: string | undefined;
}

/** Names what the commands of a task keep on this machine. */
export const commandsName = (session: string, task: string | undefined): string =>
  `${session}.${task ?? "commands"}`;

export function holdCommandsOf(options: ConfinedWorkOptions): HoldCommands {
  const { wish, environment, home, stateFolder, folder, session, task } = options;
  return async ({ layout, repository }) => {
    const free = { ok: true as const, env: { ...environment }, release: async () => {} };
    if (wish === "off") return free;
    const here = await options.here();
    if (!here.holds)
      return wish === "required"
        ? {
            ok: false,
            why: `The project's commands can't be confined, and the session requires it: ${here.why}`,
          }
        : free;
    const own = join(stateFolder, "sessions", commandsName(session, task));
    await rm(join(own, "tmp"), { recursive: true, force: true });
    for (const part of ["home", "tmp"]) await mkdir(join(own, part), { recursive: true, mode: 0o700 });
    const socketPath = join(folder, "n", "egress.sock");
    const egress = await openEgressProxy({
      socketPath,
      known: registries,
      allow: async (host) => ({
        ok: false,
        reason: `${host} is no package registry: the project's set-up and checks reach nothing else.`,
      }),
    });
    const gitFile = join(layout.worktree, ".git");
    const confinement = await confine(
      {
        workspace: layout.worktree,
        home: { path: home, folder: join(own, "home") },
        temporary: join(own, "tmp"),
        readable: await readableFolders(options, [repository.commonDir]),
        writable: [],
        mounts: [{ from: gitFile, to: gitFile, writable: false }],
        ports: [{ port: egressPort, socket: socketPath }],
        environment: proxyEnvironment(egressPort),
        limits,
      },
      here.bubblewrap,
    ).catch(async (error: unknown) => {
      await egress.close();
      throw error;
    });
    return {
      ok: true,
      confinement,
      env: { ...plainEnvironment(environment), HOME: home },
      async release() {
        await confinement.close();
        await egress.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  };
}
