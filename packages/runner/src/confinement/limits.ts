import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { release } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
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
const ENTRY_LIMIT_MS = 5_000;
let opened = 0;

/**
 * Uses control groups where this user may make them (version 1 or 2), else resource limits. The kernel counts processes per
 * namespace since 5.14, and never root's; memory it then counts for each process alone.
 */
export async function openLimits(asked: { processes?: number; memoryBytes?: number }): Promise<Limits> {
  const wanted = new Map<Controller, number>();
  if (asked.processes !== undefined) wanted.set("pids", Math.floor(asked.processes));
  if (asked.memoryBytes !== undefined) wanted.set("memory", Math.floor(asked.memoryBytes));
  const { groups, held } = await makeGroups(wanted);

  const resources: string[] = [];
  const processes = held.has("pids") ? undefined : wanted.get("pids");
  const countProcesses = processes !== undefined && isAtLeast(release(), 5, 14) && process.getuid?.() !== 0;
  // bash and dash name the limit of processes differently.
  if (countProcesses)
    resources.push(`ulimit -u ${processes} 2>/dev/null || ulimit -p ${processes} || exit 126`);
  const memory = held.has("memory") ? undefined : wanted.get("memory");
  if (memory !== undefined) resources.push(`ulimit -d ${Math.floor(memory / 1024)} || exit 126`);
  // When the whole machine runs out of memory, what is confined goes first.
  if (wanted.has("memory")) resources.push("echo 500 2>/dev/null >/proc/self/oom_score_adj");

  return {
    limited: {
      processes: held.has("pids") || countProcesses ? "together" : "none",
      memory: held.has("memory") ? "together" : memory === undefined ? "none" : "each",
    },
    joined: (command) => joined(groups, command),
    bounded: (command) =>
      resources.length === 0
        ? [...command]
        : ["/bin/sh", "-c", `${resources.join("\n")}\nexec "$@"`, "sh", ...command],
    async close() {
      await Promise.all(groups.map(removeGroup));
    },
  };
}

/** The call that enters the groups and then becomes `command`. */
function joined(groups: readonly string[], command: readonly string[]): string[] {
  if (groups.length === 0) return [...command];
  const enter = 'while [ "$1" != -- ]; do echo $$ >"$1" || exit 126; shift; done; shift; exec "$@"';
  const members = groups.map((group) => `${group}/cgroup.procs`);
  return ["/bin/sh", "-c", enter, "sh", ...members, "--", ...command];
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

/** Groups that hold as many of the wanted limits as this user may set, tried by entering them; none where nobody may enter. */
async function makeGroups(
  wanted: ReadonlyMap<Controller, number>,
): Promise<{ groups: string[]; held: Set<Controller> }> {
  const groups: string[] = [];
  const held = new Set<Controller>();
  if (wanted.size === 0) return { groups, held };
  opened += 1;
  const name = `tutti-${process.pid}-${opened}`;
  for (const hierarchy of await hierarchies()) {
    const missing = new Map([...wanted].filter(([controller]) => !held.has(controller)));
    const made = await makeGroup(hierarchy, name, missing);
    if (made === undefined) continue;
    groups.push(made.group);
    for (const controller of made.holds) held.add(controller);
  }
  const [enter = "", ...rest] = joined(groups, ["/bin/true"]);
  const entered = promisify(execFile)(enter, rest, { timeout: ENTRY_LIMIT_MS });
  if (
    await entered.then(
      () => true,
      () => false,
    )
  )
    return { groups, held };
  await Promise.all(groups.map(removeGroup));
  return { groups: [], held: new Set() };
}

/** The new group of a hierarchy that holds most of what is wanted; undefined where none can be made. */
async function makeGroup(
  { version, controllers, own, top }: Hierarchy,
  name: string,
  wanted: ReadonlyMap<Controller, number>,
): Promise<{ group: string; holds: Controller[] } | undefined> {
  const possible = [...wanted].filter(([controller]) => version === 2 || controllers.includes(controller));
  if (possible.length === 0) return undefined;
  // In version 2 a group with processes has no limited groups below it: the new one stands beside this process's own.
  const parents = version === 1 || own === top ? [own] : ancestors(own, top);
  let best: { group: string; holds: Controller[] } | undefined;
  for (const parent of parents) {
    const group = join(parent, name);
    const holds = await limitedGroup(group, version, possible);
    if (holds.length <= (best?.holds.length ?? 0)) {
      await rmdir(group).catch(() => {});
      continue;
    }
    if (best) await rmdir(best.group).catch(() => {});
    best = { group, holds };
    if (holds.length === possible.length) break;
  }
  return best;
}

/** Makes a group and sets what can be set; answers what that was. */
async function limitedGroup(
  group: string,
  version: 1 | 2,
  wanted: readonly (readonly [Controller, number])[],
): Promise<Controller[]> {
  const set = (file: string, value: string) =>
    writeFile(join(group, file), value, { flag: "r+" }).then(
      () => true,
      () => false,
    );
  try {
    await sweepDead(dirname(group));
    await mkdir(group, { recursive: true });
  } catch {
    return [];
  }
  const holds: Controller[] = [];
  for (const [controller, amount] of wanted) {
    const memoryFile = version === 2 ? "memory.max" : "memory.limit_in_bytes";
    if (!(await set(controller === "pids" ? "pids.max" : memoryFile, String(amount)))) continue;
    holds.push(controller);
    // Without swap accounting these are not there, and the limit holds for memory alone.
    if (controller === "pids") continue;
    if (version === 2) await set("memory.swap.max", "0");
    else await set("memory.memsw.limit_in_bytes", String(amount));
  }
  return holds;
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
async function sweepDead(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [, pid] = /^tutti-(\d+)-\d+$/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) await rmdir(join(parent, name)).catch(() => {});
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
