import { readdirSync } from "node:fs";
import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { release } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isAlive } from "../process/alive.ts";
import { sendSignal } from "../process/sweep.ts";

/** How far the machine lets a limit be kept. `together`: for everything inside; `each`: for each process alone; `none`: not at all. */
export interface Limited {
  processes: "together" | "none";
  memory: "together" | "each" | "none";
}

/** A limit that holds for all processes that join it. */
export interface Limits {
  limited: Limited;
  /** The call that joins and then becomes `command`; outside. */
  joined(command: readonly string[]): string[];
  /** The call that limits itself as far as nothing outside does, and then becomes `command`; inside. */
  bounded(command: readonly string[]): string[];
  /** Ends what is still in it. Bounded, never rejects. */
  close(): Promise<void>;
}

type Controller = "pids" | "memory";

const REMOVAL_LIMIT_MS = 2_000;
let opened = 0;

/**
 * Uses a control group where this user may make one (version 1 or 2), else resource limits. The kernel counts processes per
 * namespace since 5.14, and never root's; memory it then counts for each process alone.
 */
export async function openLimits(asked: { processes?: number; memoryBytes?: number }): Promise<Limits> {
  const mounted = await hierarchies();
  opened += 1;
  const name = `tutti-${process.pid}-${opened}`;
  const groups = new Set<string>();
  const inGroup = async (controller: Controller, amount: number | undefined) => {
    if (amount === undefined) return false;
    const group = await makeGroup(mounted, controller, name, Math.floor(amount));
    if (group !== undefined) groups.add(group);
    return group !== undefined;
  };
  const processes = await inGroup("pids", asked.processes);
  const memory = await inGroup("memory", asked.memoryBytes);

  const resources: string[] = [];
  const countsPerNamespace = isAtLeast(release(), 5, 14) && process.getuid?.() !== 0;
  const countProcesses = !processes && asked.processes !== undefined && countsPerNamespace;
  // bash and dash name the limit of processes differently.
  if (countProcesses)
    resources.push(`ulimit -u ${asked.processes} 2>/dev/null || ulimit -p ${asked.processes} || exit 126`);
  if (!memory && asked.memoryBytes !== undefined)
    resources.push(`ulimit -d ${Math.floor(asked.memoryBytes / 1024)} || exit 126`);
  // Whatever the limits: when the whole machine runs out of memory, what is confined goes first.
  if (asked.memoryBytes !== undefined) resources.push("echo 500 2>/dev/null >/proc/self/oom_score_adj");

  return {
    limited: {
      processes: processes || countProcesses ? "together" : "none",
      memory: memory ? "together" : asked.memoryBytes === undefined ? "none" : "each",
    },
    joined: (command) => {
      if (groups.size === 0) return [...command];
      const join = 'while [ "$1" != -- ]; do echo $$ >"$1" || exit 126; shift; done; shift; exec "$@"';
      return [
        "/bin/sh",
        "-c",
        join,
        "sh",
        ...[...groups].map((group) => `${group}/cgroup.procs`),
        "--",
        ...command,
      ];
    },
    bounded: (command) =>
      resources.length === 0
        ? [...command]
        : ["/bin/sh", "-c", `${resources.join("\n")}\nexec "$@"`, "sh", ...command],
    async close() {
      await Promise.all([...groups].map(removeGroup));
    },
  };
}

interface Hierarchy {
  version: 1 | 2;
  controllers: readonly string[];
  /** The group of this process, as a folder, and the top of what is visible of its hierarchy. */
  own: string;
  top: string;
}

async function hierarchies(): Promise<Hierarchy[]> {
  const [memberships, mounts] = await Promise.all(
    ["/proc/self/cgroup", "/proc/self/mountinfo"].map((path) => readFile(path, "utf8").catch(() => "")),
  );
  const mounted = (mounts ?? "").split("\n").flatMap((line) => {
    const [place = "", source = ""] = line.split(" - ");
    const [, , , root = "/", path = ""] = place.split(" ");
    const [kind, , options = ""] = source.split(" ");
    return kind === "cgroup" || kind === "cgroup2" ? [{ kind, root, path, options: options.split(",") }] : [];
  });
  return (memberships ?? "").split("\n").flatMap((line): Hierarchy[] => {
    const [id, names = "", ...rest] = line.split(":");
    const group = rest.join(":");
    if (!id || !group) return [];
    const version = id === "0" ? 2 : 1;
    const controllers = names.split(",").filter(Boolean);
    const at = mounted.find(({ kind, options }) =>
      version === 2
        ? kind === "cgroup2"
        : kind === "cgroup" && controllers.every((each) => options.includes(each)),
    );
    if (!at || (at.root !== "/" && !group.startsWith(at.root))) return [];
    const below = at.root === "/" ? group : group.slice(at.root.length);
    return [{ version, controllers, own: join(at.path, below), top: at.path }];
  });
}

/** A new group with this controller's limit set; undefined where none can be made. */
async function makeGroup(
  mounted: readonly Hierarchy[],
  controller: Controller,
  name: string,
  amount: number,
): Promise<string | undefined> {
  for (const { version, controllers, own, top } of mounted) {
    if (version === 1 && !controllers.includes(controller)) continue;
    // In version 2 a group with processes has no limited groups below it: the new one stands beside this process's own.
    const parents = version === 1 || own === top ? [own] : ancestors(own, top);
    for (const parent of parents) {
      const group = join(parent, name);
      if (await limitedGroup(group, version, controller, amount)) return group;
    }
  }
  return undefined;
}

async function limitedGroup(
  group: string,
  version: 1 | 2,
  controller: Controller,
  amount: number,
): Promise<boolean> {
  try {
    sweepDead(dirname(group));
    await mkdir(group, { recursive: true });
    const file = controller === "pids" ? "pids.max" : version === 2 ? "memory.max" : "memory.limit_in_bytes";
    await writeFile(join(group, file), String(amount), { flag: "r+" });
    await writeFile(join(group, "cgroup.procs"), "", { flag: "r+" });
  } catch {
    await rmdir(group).catch(() => {});
    return false;
  }
  // Without swap accounting these are not there, and the limit holds for memory alone.
  const swap = version === 2 ? "0" : String(amount);
  const swapFile = version === 2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes";
  if (controller === "memory") await writeFile(join(group, swapFile), swap, { flag: "r+" }).catch(() => {});
  return true;
}

function ancestors(own: string, top: string): string[] {
  const found: string[] = [];
  for (let folder = own; folder !== top && folder.length > top.length; ) {
    folder = dirname(folder);
    found.push(folder);
  }
  return found;
}

/** Groups of processes that did not live to remove them. One that is not empty stays. */
function sweepDead(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [, pid] = /^tutti-(\d+)-\d+$/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) void rmdir(join(parent, name)).catch(() => {});
  }
}

async function removeGroup(group: string): Promise<void> {
  const deadline = performance.now() + REMOVAL_LIMIT_MS;
  for (;;) {
    try {
      await rmdir(group);
      return;
    } catch {
      const left = await readFile(join(group, "cgroup.procs"), "utf8").catch(() => "");
      for (const pid of left.split("\n").filter(Boolean)) sendSignal(Number(pid), "SIGKILL");
      if (performance.now() > deadline || (await readdir(group).catch(() => undefined)) === undefined) return;
      await pause(10);
    }
  }
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  return first > major || (first === major && second >= minor);
}
