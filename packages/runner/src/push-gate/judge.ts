import type { PushedCommit, PushFacts, PushUpdate } from "@tutti/core";
import type { GateRepository } from "./gate-repository.ts";
import { MIRRORED } from "./gate-repository.ts";
import { type GitPlace, git, gitLines, gitOutput } from "./git-place.ts";
import { isHiddenRef, isRefName } from "./ref-name.ts";
import type { Remote } from "./remotes.ts";

/** What a push asks for, in the client's words. Names are bytes (latin1). */
export interface Wish {
  commands: readonly { ref: string; old: string; new: string }[];
  atomic: boolean;
  options: readonly string[];
}

/** What a client is told about one ref, by the name it used. */
export interface RefAnswer {
  ref: string;
  ok: boolean;
  message: string;
}

/** What can be answered at once, and what has to be decided. */
export interface Judged {
  answers: RefAnswer[];
  facts: PushFacts | null;
}

const MAX_REFS = 1_000;
/** All names of a push fit in one command line, twice. */
const MAX_NAME_BYTES = 200_000;
const SHOWN = 20;
/** Beyond this many commits patches are not compared. */
const COMPARED = 5_000;
const READ_LIMIT_MS = 2 * 60_000;

const isNull = (object: string): boolean => /^0+$/.test(object);

/** What the remote holds now under these names; a name that is not in the answer is not on the remote. Rejects with GateFault. */
export async function readRefs(
  place: GitPlace,
  alias: string,
  refs: readonly string[],
): Promise<{ held: Map<string, string>; symbolic: Set<string> }> {
  const lines = await gitLines(place, ["ls-remote", "--symref", "--", alias, ...refs], {
    limitMs: READ_LIMIT_MS,
  });
  const entries = lines.map((line) => line.split("\t"));
  const symbolic = entries.flatMap(([value = "", ref = ""]) => (value.startsWith("ref: ") ? [ref] : []));
  const held = entries.flatMap(([value = "", ref = ""]) =>
    value.startsWith("ref: ") ? [] : [[ref, value] as const],
  );
  return { held: new Map(held), symbolic: new Set(symbolic) };
}

/**
 * Looks at the remote as it is now and at the objects that came, and answers what of a push needs no decision (it cannot be, or is
 * so already) and the facts of the rest. Rejects with GateFault when the remote cannot be asked.
 */
export async function judge(
  wish: Wish,
  remote: Remote,
  gate: GateRepository,
  outside: GitPlace,
): Promise<Judged> {
  const answers: RefAnswer[] = [];
  const no = (ref: string, message: string) => void answers.push({ ref, ok: false, message });
  const all = (message: string): Judged => ({
    answers: wish.commands.map(({ ref }) => ({ ref, ok: false, message })),
    facts: null,
  });

  if (remote.unpushable !== undefined) return all(remote.unpushable);
  if (wish.commands.length > MAX_REFS)
    return all(`more than ${MAX_REFS} refs in one push: push them in parts`);
  if (wish.commands.reduce((sum, { ref }) => sum + ref.length, 0) > MAX_NAME_BYTES)
    return all("the names of these refs are too long for one push: push them in parts");
  const options = wish.options.map((option) => Buffer.from(option, "latin1").toString());
  if (
    options.length > 100 ||
    options.some((option) => option.length > 2_000 || /[\p{Cc}\p{Cs}]/u.test(option))
  )
    return all("push options: at most 100, each one line of at most 2000 characters");

  const proper = wish.commands.flatMap(({ ref: bytes, old, new: to }) => {
    const ref = utf8(bytes);
    if (ref === undefined || !isRefName(ref)) {
      no(bytes, "not a name for a ref at this gate");
      return [];
    }
    if (isHiddenRef(ref)) {
      no(bytes, "refs/tutti/ is Tutti's own");
      return [];
    }
    return [{ bytes, ref, claimed: isNull(old) ? null : old, new: isNull(to) ? null : to }];
  });
  if (proper.length === 0 || (wish.atomic && answers.length > 0)) return refusedTogether(wish, answers);

  const { held, symbolic } = await readRefs(
    outside,
    remote.push.alias,
    proper.map(({ ref }) => ref),
  );
  const wanted = proper.flatMap(({ bytes, ref, claimed, new: to }) => {
    const old = held.get(ref) ?? null;
    if (symbolic.has(ref)) no(bytes, "is a symbolic ref on the remote: push to what it points at");
    else if (claimed !== old && MIRRORED.some((prefix) => ref.startsWith(prefix)))
      no(bytes, "the remote moved: fetch first, then push again");
    else if (old === to)
      answers.push({
        ref: bytes,
        ok: to !== null,
        message: to === null ? "not on the remote" : "up to date",
      });
    else return [{ ref, old, new: to }];
    return [];
  });
  if (wish.atomic && answers.some(({ ok }) => !ok)) return refusedTogether(wish, answers);
  if (wanted.length === 0) return { answers, facts: null };

  await bring(
    gate,
    outside,
    remote,
    wanted.flatMap(({ ref, old }) => (old === null ? [] : [{ ref, object: old }])),
  );
  const facts: PushFacts = {
    remote: remote.name,
    url: remote.push.url,
    updates: await describe(gate, wanted),
    atomic: wish.atomic,
    options,
  };
  const unsupported = await lacking(facts, remote, outside);
  return unsupported === undefined ? { answers, facts } : all(unsupported);
}

/** The name of a ref as a client's bytes. */
export const asBytes = (ref: string): string => Buffer.from(ref).toString("latin1");

function utf8(bytes: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, "latin1"));
  } catch {
    return undefined;
  }
}

function refusedTogether({ atomic, commands }: Wish, answers: readonly RefAnswer[]): Judged {
  if (!atomic) return { answers: [...answers], facts: null };
  const why = new Map(answers.filter(({ ok }) => !ok).map(({ ref, message }) => [ref, message]));
  return {
    answers: commands.map(({ ref }) => ({
      ref,
      ok: false,
      message: why.get(ref) ?? "another ref of this atomic push was refused",
    })),
    facts: null,
  };
}

/** Fetches what the remote's refs hold where the mirror does not have it: refs outside the mirror, and what came this moment. */
async function bring(
  gate: GateRepository,
  outside: GitPlace,
  { push }: Remote,
  olds: readonly { ref: string; object: string }[],
): Promise<void> {
  if (olds.length === 0) return;
  const known = await kinds(
    gate,
    olds.map(({ object }) => object),
  );
  const missing = olds.filter((_, index) => known[index] === "missing");
  if (missing.length === 0) return;
  await gitOutput(
    outside,
    [
      ...["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--refmap="],
      ...["--no-recurse-submodules", "--", push.alias],
      ...missing.map(({ ref, object }) => `+${ref}:refs/tutti/seen/${object}`),
    ],
    { limitMs: 10 * READ_LIMIT_MS },
  );
}

/** What each object is when tags are taken off: "commit", "tree", "blob", or "missing". */
async function kinds(gate: GateRepository, objects: readonly string[]): Promise<string[]> {
  const input = objects.map((object) => `${object}^{}\n`).join("");
  const lines = await gitLines(gate.place, ["cat-file", "--batch-check=%(objecttype)"], { input });
  return lines.map((line) => (/^(commit|tree|blob)$/.test(line) ? line : "missing"));
}

async function describe(
  gate: GateRepository,
  wanted: readonly { ref: string; old: string | null; new: string | null }[],
): Promise<PushUpdate[]> {
  const objects = [...new Set(wanted.flatMap(({ old, new: to }) => [old, to].filter((one) => one !== null)))];
  const found = await kinds(gate, objects);
  const isCommit = new Set(objects.filter((_, index) => found[index] === "commit"));
  const touched = new Set(wanted.map(({ ref }) => ref));
  let others: Promise<string[]> | undefined;
  /** What the remote holds beside the refs that this push touches. */
  const untouched = () => {
    others ??= gitLines(gate.place, ["for-each-ref", "--format=%(objectname) %(refname)", ...MIRRORED]).then(
      (lines) =>
        lines
          .filter((line) => !touched.has(line.slice(line.indexOf(" ") + 1)))
          .map((line) => line.split(" ")[0] ?? ""),
    );
    return others;
  };
  const memory = new Map<string, Promise<Commits>>();
  const commits = (tip: string, without: readonly string[], key: string): Promise<Commits> => {
    const before = memory.get(`${tip} ${key}`);
    if (before) return before;
    const asked = isCommit.has(tip) ? commitsOf(gate, tip, without) : Promise.resolve(NONE);
    memory.set(`${tip} ${key}`, asked);
    return asked;
  };
  return inTurns(4, wanted, async ({ ref, old, new: to }): Promise<PushUpdate> => {
    const tag = ref.startsWith("refs/tags/");
    if (to === null) {
      const removed = old === null ? NONE : await commits(old, await untouched(), "untouched");
      return { ref, old, new: to, kind: "delete", tag, removed, rewritten: 0, added: NONE };
    }
    if (old === null) {
      const added = await commits(to, await untouched(), "untouched");
      return { ref, old, new: to, kind: "create", tag, removed: NONE, rewritten: 0, added };
    }
    const comparable = isCommit.has(old) && isCommit.has(to);
    const [removed, added] = await Promise.all([
      commits(old, comparable ? [to] : [], to),
      commits(to, comparable ? [old] : [], old),
    ]);
    const forwards = comparable && !tag && removed.count === 0;
    const rewritten = comparable && removed.count > 0 ? await rewrittenIn(gate, old, to, removed, added) : 0;
    return { ref, old, new: to, kind: forwards ? "fast-forward" : "forced", tag, removed, rewritten, added };
  });
}

interface Commits {
  count: number;
  commits: PushedCommit[];
}
const NONE: Commits = { count: 0, commits: [] };

async function commitsOf(gate: GateRepository, tip: string, without: readonly string[]): Promise<Commits> {
  const input = [tip, ...without.map((object) => `^${object}`), ""].join("\n");
  const lines = await gitLines(
    gate.place,
    [
      ...["log", "--stdin", "--ignore-missing", `--max-count=${SHOWN + 1}`],
      ...["--format=%H%x1f%ct%x1f%an%x1f%s", "--encoding=UTF-8"],
    ],
    { input },
  );
  const shown = lines.slice(0, SHOWN).map((line): PushedCommit => {
    const [sha = "", seconds = "", author = "", ...subject] = line.split("\x1f");
    return { sha, subject: visible(subject.join(" ")), author: visible(author), at: instant(seconds) };
  });
  if (lines.length <= SHOWN) return { count: lines.length, commits: shown };
  const counted = await gitOutput(gate.place, ["rev-list", "--stdin", "--ignore-missing", "--count"], {
    input,
  });
  return { count: Number(counted.trim()), commits: shown };
}

/** Words from a commit, on one line, without what a terminal or an eye could be misled by. */
const visible = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "").slice(0, 500);

function instant(seconds: string): string {
  const date = new Date(Number(seconds) * 1_000);
  const year = date.getUTCFullYear();
  return (year >= 0 && year <= 9_999 ? date : new Date(0)).toISOString();
}

async function rewrittenIn(
  gate: GateRepository,
  old: string,
  to: string,
  removed: Commits,
  added: Commits,
): Promise<number> {
  if (removed.count + added.count > COMPARED) return 0;
  const lines = await gitLines(gate.place, ["rev-list", "--left-only", "--cherry-mark", `${old}...${to}`]);
  return lines.filter((line) => line.startsWith("=")).length;
}

/** Why the remote cannot take a push of this form: asked before a person is. */
async function lacking(facts: PushFacts, { push }: Remote, outside: GitPlace): Promise<string | undefined> {
  if (!facts.atomic && facts.options.length === 0) return undefined;
  const end = await git(
    outside,
    [
      ...["push", "--dry-run", "--porcelain", "--no-verify", ...(facts.atomic ? ["--atomic"] : [])],
      ...[...facts.options.map((option) => `--push-option=${option}`), "--", push.alias],
      ...facts.updates.map(({ ref, new: to }) => `+${to ?? ""}:${ref}`),
    ],
    { limitMs: READ_LIMIT_MS },
  );
  if (/does not support push options/.test(end.stderr))
    return "the remote does not support push options (-o)";
  if (/does not support --atomic/.test(end.stderr)) return "the remote does not support --atomic";
  return undefined;
}

async function inTurns<T, R>(
  width: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(width, items.length) }, async () => {
      for (let index = next++; index < items.length; index = next++) {
        results[index] = await work(items[index] as T);
      }
    }),
  );
  return results;
}
