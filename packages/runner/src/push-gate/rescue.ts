import type { PushOutcome } from "@tutti/core";
import type { GateRepository } from "./gate-repository.ts";
import { type GitPlace, git, gitLines, gitOutput } from "./git-place.ts";

export type Rescued = PushOutcome["rescued"];

interface Lost {
  ref: string;
  old: string;
}

const ROOT = "refs/tutti/rescue";

/** A ref's name below a rescue: a branch by its own name, a tag below `tags/`. */
const shortName = (ref: string): string => ref.replace(/^refs\/(heads\/)?/, "");

/**
 * The refs in the user's repository that keep these values already: a rescue that was made before is not made again.
 * @param user the user's repository
 */
export async function findRescued(user: GitPlace, remote: string, lost: readonly Lost[]): Promise<Rescued> {
  if (lost.length === 0) return [];
  const lines = await gitLines(user, [
    "for-each-ref",
    "--format=%(objectname) %(refname)",
    `${ROOT}/${remote}/`,
  ]);
  const kept = lines.map((line) => ({
    sha: line.slice(0, line.indexOf(" ")),
    ref: line.slice(line.indexOf(" ") + 1),
  }));
  return lost.flatMap(({ ref, old }) => {
    const rest = `/${shortName(ref)}`;
    return kept.filter((one) => one.sha === old && one.ref.endsWith(rest)).slice(-1);
  });
}

/**
 * Keeps what a remote's refs hold before they lose it: brings the objects into the user's repository and makes
 * `refs/tutti/rescue/<remote>/<UTC time>/<branch>` there, from nothing. Every object that a kept ref needs is there when this
 * resolves. Rejects with GateFault when it cannot be done.
 */
export async function rescue(
  user: GitPlace,
  gate: GateRepository,
  remote: string,
  lost: readonly Lost[],
  now: Date,
): Promise<Rescued> {
  const before = await findRescued(user, remote, lost);
  const missing = lost.filter(
    ({ ref, old }) => !before.some((one) => one.sha === old && one.ref.endsWith(`/${shortName(ref)}`)),
  );
  if (missing.length === 0) return before;
  const objects = [...new Set(missing.map(({ old }) => old))];
  const present = await git(user, ["rev-list", "--objects", "--quiet", "--stdin", "--not", "--all"], {
    input: objects.map((object) => `${object}\n`).join(""),
  });
  if (present.exitCode !== 0) {
    await gitOutput(user, [
      ...["-c", "protocol.version=2", "-c", "protocol.file.allow=always"],
      ...["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--refmap="],
      ...["--no-recurse-submodules", "--", gate.folder, ...objects],
    ]);
  }
  const time = now.toISOString().replaceAll(/[-:.]/g, "");
  const made = missing.map(({ ref, old }) => ({
    ref: `${ROOT}/${remote}/${time}/${shortName(ref)}`,
    sha: old,
  }));
  await gitOutput(user, ["update-ref", "--stdin"], {
    input: made.map(({ ref, sha }) => `create ${ref} ${sha}\n`).join(""),
  });
  await gitOutput(
    user,
    ["rev-list", "--objects", "--quiet", "--stdin", "--not", `--exclude=${ROOT}/*`, "--all"],
    { input: objects.map((object) => `${object}\n`).join("") },
  );
  return [...before, ...made];
}
