import { constants, existsSync } from "node:fs";
import { copyFile, link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type GitPlace, git, gitLines, gitOutput } from "./git-place.ts";
import type { Address } from "./remotes.ts";

/** The user's repository, as much of it as a gate needs. */
export interface UserRepository {
  /** Where the user's git runs: the checkout, or the bare repository itself. */
  root: string;
  /** The folder of objects and refs. */
  commonDir: string;
  /** "sha1" or "sha256". */
  objectFormat: string;
}

/**
 * A bare repository that mirrors one address of a remote: its branches, tags and notes as they were at the last `refresh`.
 * Its objects are its own. They start as hard links to the user's (copies where the file system has no links between the two), so
 * that nothing the user's repository drops later is missed here.
 * Beside the mirror, `refs/tutti/pending/` pins what pushes that are not settled need.
 */
export interface GateRepository {
  folder: string;
  /** For work on its objects: none of the person's settings. */
  place: GitPlace;
  /** Makes the mirror equal to the remote. Answers after a look at the remote that began after the call. Rejects when the remote is not reached. */
  refresh(): Promise<void>;
  /** Keeps objects, until `unpin`. */
  pin(name: string, objects: readonly string[]): Promise<void>;
  unpin(name: string): Promise<void>;
  /** Names that are pinned. */
  pinned(): Promise<string[]>;
}

export const MIRRORED = ["refs/heads/", "refs/tags/", "refs/notes/"] as const;
const PENDING = "refs/tutti/pending";
/** A first fetch of something big over a slow line. */
const FETCH_LIMIT_MS = 60 * 60_000;

export interface GateRepositoryOptions {
  folder: string;
  user: UserRepository;
  /** For work on the gate's own objects. */
  place: Omit<GitPlace, "cwd" | "flags">;
  /** The program that becomes the hook `proc-receive`. */
  hook: string;
  /** The remote's name, whose remote-tracking branches are a start. */
  remote: string;
  maxPushBytes: number;
}

export async function openGateRepository(
  options: GateRepositoryOptions,
  address: () => Address,
): Promise<GateRepository> {
  const { folder } = options;
  if (existsSync(folder)) await unlock(folder);
  else await create(options);
  await configure(folder, options);
  const place: GitPlace = { ...options.place, cwd: folder, flags: [`--git-dir=${folder}`] };

  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let headKnown = false;

  async function fetchAll(): Promise<void> {
    const { alias, env } = address();
    const outside = { ...place, cwd: options.user.root, env };
    const refspecs = MIRRORED.map((prefix) => `+${prefix}*:${prefix}*`);
    const fetching = gitOutput(
      outside,
      [
        ...["fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"],
        ...["--no-recurse-submodules", "--no-show-forced-updates", "--refmap=", "--", alias, ...refspecs],
      ],
      { limitMs: FETCH_LIMIT_MS },
    );
    await (headKnown ? fetching : Promise.all([fetching, followHead(outside, alias)]));
    headKnown = true;
  }

  /** A clone through the gate checks out what a clone of the remote does. */
  async function followHead(outside: GitPlace, alias: string): Promise<void> {
    const end = await git(outside, ["ls-remote", "--symref", "--", alias, "HEAD"], { limitMs: 120_000 });
    const target = /^ref: (refs\/heads\/\S+)\tHEAD$/m.exec(end.stdout)?.[1];
    if (target !== undefined) await gitOutput(place, ["symbolic-ref", "HEAD", target]);
  }

  function refresh(): Promise<void> {
    if (next) return next;
    const begin = () => {
      next = undefined;
      running = fetchAll().finally(() => {
        running = undefined;
      });
      return running;
    };
    if (!running) return begin();
    next = running.then(begin, begin);
    return next;
  }

  return {
    folder,
    place,
    refresh,
    async pin(name, objects) {
      const lines = [...new Set(objects)].map((object) => `update ${PENDING}/${name}/${object} ${object}\n`);
      await gitOutput(place, ["update-ref", "--stdin"], { input: lines.join("") });
    },
    async unpin(name) {
      const refs = await gitLines(place, ["for-each-ref", "--format=%(refname)", `${PENDING}/${name}/`]);
      await gitOutput(place, ["update-ref", "--stdin"], {
        input: refs.map((ref) => `delete ${ref}\n`).join(""),
      });
    },
    async pinned() {
      const refs = await gitLines(place, ["for-each-ref", "--format=%(refname)", `${PENDING}/`]);
      return [...new Set(refs.map((ref) => ref.slice(PENDING.length + 1).split("/")[0] ?? ""))];
    },
  };
}

/** A git that was killed leaves its locks behind. When a gate opens, no other process works on its repositories. */
async function unlock(folder: string): Promise<void> {
  const refs = await readdir(join(folder, "refs"), { recursive: true }).catch(() => []);
  const locks = [
    ...refs.filter((name) => name.endsWith(".lock")).map((name) => join("refs", name)),
    ...[
      "HEAD.lock",
      "packed-refs.lock",
      "packed-refs.new",
      "shallow.lock",
      "config.lock",
      "gc.pid",
      "gc.pid.lock",
    ],
  ];
  const begun = (await readdir(join(folder, "objects"))).filter((name) => name.startsWith("tmp_objdir-"));
  for (const path of [...locks, ...begun.map((name) => join("objects", name))])
    await rm(join(folder, path), { recursive: true, force: true });
}

/** Gives back the room of pushes that were refused long ago. Pinned objects and the mirror stay. */
export async function tidy(place: GitPlace): Promise<void> {
  await git(place, [
    ...["-c", "gc.auto=6700", "-c", "gc.autoPackLimit=50", "-c", "gc.autoDetach=false"],
    ...["-c", "gc.pruneExpire=2.days.ago", "gc", "--auto", "--quiet"],
  ]);
}

async function create({ folder, user, place, remote }: GateRepositoryOptions): Promise<void> {
  const fresh = `${folder}.new`;
  const at: GitPlace = { ...place, cwd: dirname(folder), flags: [] };
  const start = async () => {
    await rm(fresh, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
    const format = `--object-format=${user.objectFormat}`;
    await gitOutput(at, ["init", "--quiet", "--bare", "--template=", "--initial-branch=main", format, fresh]);
  };
  await start();
  // A start that misses something is worse than none: then everything comes from the remote.
  if (!(await seed({ ...at, cwd: fresh, flags: [`--git-dir=${fresh}`] }, fresh, user, remote))) await start();
  await rename(fresh, folder);
}

/** Takes over the user's objects and what the user last saw of the remote. Answers whether everything is there. */
async function seed(place: GitPlace, folder: string, user: UserRepository, remote: string): Promise<boolean> {
  const objects = join(user.commonDir, "objects");
  if (existsSync(join(user.commonDir, "shallow"))) return false;
  const prefix = `refs/remotes/${remote}/`;
  const refs = await git({ ...place, flags: [`--git-dir=${user.commonDir}`] }, [
    ...["for-each-ref", "--format=%(objectname) %(refname) %(symref)", prefix],
  ]);
  const seen = refs.stdout.split("\n").flatMap((line) => {
    const [object = "", name = "", symref = ""] = line.split(" ");
    return object === "" || symref !== "" ? [] : [{ object, branch: name.slice(prefix.length) }];
  });
  if (seen.length === 0) return true;
  try {
    const alternates = await readFile(join(objects, "info/alternates"), "utf8").catch(() => "");
    if (alternates !== "") {
      const absolute = alternates
        .split("\n")
        .map((line) => (line === "" || line.startsWith("#") ? line : resolve(objects, line)));
      await mkdir(join(folder, "objects/info"), { recursive: true });
      await writeFile(join(folder, "objects/info/alternates"), absolute.join("\n"));
    }
    if (!(await takeOver(objects, join(folder, "objects")))) return false;
    const input = seen.map(({ object, branch }) => `create refs/heads/${branch} ${object}\n`).join("");
    return (await git(place, ["update-ref", "--stdin"], { input })).exitCode === 0;
  } catch {
    return false;
  }
}

/**
 * Links every object file. Loose ones first, then packs until a look finds none that is not linked: a repack that runs meanwhile
 * writes the new pack before it removes anything. A pack of a partial clone is no start.
 */
async function takeOver(from: string, to: string): Promise<boolean> {
  for (const fan of (await readdir(from)).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
    await mkdir(join(to, fan), { recursive: true });
    for (const name of await readdir(join(from, fan)).catch(() => [])) {
      if (/^[0-9a-f]{38,62}$/.test(name)) await linkOrCopy(join(from, fan, name), join(to, fan, name));
    }
  }
  const packs = join(from, "pack");
  await mkdir(join(to, "pack"), { recursive: true });
  const linked = new Set<string>();
  for (let found = true; found; ) {
    const names = await readdir(packs).catch(() => []);
    if (names.some((name) => name.endsWith(".promisor"))) return false;
    const indexes = names.filter((name) => /^pack-[0-9a-f]+\.idx$/.test(name) && !linked.has(name));
    found = indexes.length > 0;
    for (const index of indexes) {
      linked.add(index);
      const stem = index.slice(0, -".idx".length);
      const whole =
        (await linkOrCopy(join(packs, `${stem}.pack`), join(to, "pack", `${stem}.pack`))) &&
        (await linkOrCopy(join(packs, index), join(to, "pack", index)));
      // It is not the gate's to rewrite: as long as the user has it, it takes no room.
      if (whole) await writeFile(join(to, "pack", `${stem}.keep`), "");
    }
  }
  return true;
}

/** Answers whether the file was there. */
async function linkOrCopy(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to).catch(async (cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") throw cause;
      if (cause.code !== "EEXIST") await copyFile(from, to, constants.COPYFILE_FICLONE);
    });
    return true;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return false;
    throw cause;
  }
}

async function configure(folder: string, { user, hook, maxPushBytes }: GateRepositoryOptions): Promise<void> {
  const sha256 = user.objectFormat === "sha256";
  const settings = [
    "[core]",
    `\trepositoryformatversion = ${sha256 ? 1 : 0}`,
    "\tbare = true",
    "\thooksPath = hooks",
    ...(sha256 ? ["[extensions]", "\tobjectformat = sha256"] : []),
    "[http]\n\tuploadpack = true\n\treceivepack = true\n\tgetanyfile = false",
    "[receive]\n\tprocReceiveRefs = refs/\n\tfsckObjects = true\n\tadvertiseAtomic = true",
    "\tadvertisePushOptions = true\n\tautogc = false\n\tkeepAlive = 5\n\tunpackLimit = 100",
    `\tmaxInputSize = ${maxPushBytes}`,
    // Old history has these, and every host takes them.
    '[receive "fsck"]\n\tzeroPaddedFilemode = warn\n\tmissingSpaceBeforeDate = warn\n\tbadTimezone = warn',
    "[uploadpack]\n\tkeepAlive = 5\n\tallowFilter = true",
    "[uploadarchive]\n\tallowUnreachable = false",
    "[transfer]\n\thideRefs = refs/tutti",
    "[gc]\n\tauto = 0",
    "[repack]\n\twriteBitmaps = false",
  ];
  await replace(join(folder, "config"), `${settings.join("\n")}\n`, 0o600);
  await mkdir(join(folder, "hooks"), { recursive: true });
  await replace(join(folder, "hooks/proc-receive"), hook, 0o700);
  await replace(join(folder, "hooks/pre-receive"), PRE_RECEIVE, 0o700);
}

/** git leaves out a hidden ref before `proc-receive` hears of the push; an atomic one must not go on without it. */
const PRE_RECEIVE = `#!/bin/sh
while read -r old new ref; do
  case $ref in
    refs/tutti|refs/tutti/*) echo "Tutti: refs/tutti/ is Tutti's own: push without $ref" >&2; own=1 ;;
  esac
done
exit \${own:-0}
`;

async function replace(path: string, content: string, mode: number): Promise<void> {
  await writeFile(`${path}.new`, content, { mode });
  await rename(`${path}.new`, path);
}
