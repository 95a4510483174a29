import type { PushedRef, PushFacts, PushOutcome, PushUpdate } from "@tutti/core";
import type { GateRepository } from "./gate-repository.ts";
import { GateFault, type GitPlace, git, gitLines } from "./git-place.ts";
import { readRefs } from "./judge.ts";
import { redact } from "./redaction.ts";
import type { Remote } from "./remotes.ts";
import { findRescued, type Rescued, rescue } from "./rescue.ts";

export interface Forwarding {
  remote: Remote;
  gate: GateRepository;
  /** The gate repository with the person's credentials. */
  outside: GitPlace;
  /** The user's repository. */
  user: GitPlace;
  now: () => Date;
  /** The remote's own words, while it works. */
  say: (line: string) => void;
}

const PUSH_LIMIT_MS = 60 * 60_000;

/**
 * Brings an allowed push to the remote, exactly once. The remote is looked at first: what it holds already is not pushed again, and
 * what is not any more what was decided about is left alone. The rest goes with a lease on the old value, so that the remote
 * itself refuses when it moves in the last moment. Where the way broke, another look tells what became of it.
 *
 * Rejects only when the gate is closing: then the outcome is not known, and calling again finds it out.
 */
export async function forward(facts: PushFacts, forwarding: Forwarding): Promise<PushOutcome> {
  const { remote, outside } = forwarding;
  const said = (text: string) => redact(text, remote.secrets).trim().slice(0, 1_000);
  try {
    return await attempt(facts, forwarding, said);
  } catch (cause) {
    if (outside.signal.aborted || !(cause instanceof GateFault)) throw cause;
    return whole(facts, "failed", said(firstComplaint(cause.said)));
  }
}

/** One outcome for all refs of a push. */
export function whole(facts: PushFacts, result: PushOutcome["result"], message: string): PushOutcome {
  const ok = result === "forwarded" || result === "already-there";
  return { result, refs: facts.updates.map(({ ref }) => ({ ref, ok, message })), message, rescued: [] };
}

type Standing = "there" | "moved" | "due";

async function attempt(
  facts: PushFacts,
  forwarding: Forwarding,
  said: (text: string) => string,
): Promise<PushOutcome> {
  const { remote, gate, outside, user } = forwarding;
  const { updates } = facts;
  const standing = await look(updates, forwarding);
  const due = updates.filter(({ ref }) => standing.get(ref) === "due");
  const answers = new Map<string, PushedRef>();
  for (const { ref } of updates) {
    if (standing.get(ref) === "there") answers.set(ref, { ref, ok: true, message: "already there" });
    if (standing.get(ref) === "moved") answers.set(ref, { ref, ok: false, message: MOVED });
  }
  const moved = [...standing.values()].includes("moved");
  const losing = (some: readonly PushUpdate[]) =>
    some.flatMap(({ ref, old, kind }) =>
      old !== null && (kind === "forced" || kind === "delete") ? [{ ref, old }] : [],
    );
  if (due.length === 0 || (facts.atomic && moved)) {
    for (const { ref } of due) answers.set(ref, { ref, ok: false, message: "another ref has moved" });
    const rescued = await findRescued(user, remote.name, losing(updates));
    return summary(facts, answers, new Set(), rescued);
  }

  const needed = [...new Set(due.flatMap(({ new: to }) => (to === null ? [] : [to])))];
  const kept = await gitLines(gate.place, ["cat-file", "--batch-check=%(objecttype)"], {
    input: needed.map((object) => `${object}\n`).join(""),
  });
  if (kept.some((line) => line.endsWith(" missing")))
    return whole(facts, "failed", "what was pushed is not at the gate any more: push again");

  let rescued: Rescued;
  try {
    rescued = await rescue(user, gate, remote.name, losing(due), forwarding.now());
  } catch (cause) {
    if (outside.signal.aborted || !(cause instanceof GateFault)) throw cause;
    return whole(
      facts,
      "failed",
      said(
        `what the remote would lose could not be kept in your repository first: ${firstComplaint(cause.said)}`,
      ),
    );
  }

  const pushed = await git(
    outside,
    [
      ...["push", "--porcelain", "--no-verify", "--no-recurse-submodules", "--no-follow-tags", "--no-signed"],
      ...(facts.atomic ? ["--atomic"] : []),
      ...facts.options.map((option) => `--push-option=${option}`),
      ...due.map(({ ref, old }) => `--force-with-lease=${ref}:${old ?? ""}`),
      ...["--", remote.push.alias],
      ...due.map(({ ref, new: to }) => `${to ?? ""}:${ref}`),
    ],
    {
      limitMs: PUSH_LIMIT_MS,
      onLine: (line) => {
        if (line.startsWith("remote:")) forwarding.say(said(line.slice("remote:".length)));
      },
    },
  );
  if (pushed.ended === "abort") throw new GateFault(["push"], pushed);

  const report = parsePorcelain(pushed.stdout);
  // No word about a ref, or a refusal that another one's hand in the same moment may have caused: the remote itself tells.
  const doubtful = due.filter(({ ref }) => (report.get(ref)?.flag ?? "!") === "!");
  const after = doubtful.length > 0 ? await look(doubtful, forwarding) : undefined;
  const forwarded = new Set<string>();
  for (const { ref } of due) {
    const { flag, summary: words } = report.get(ref) ?? { flag: "?", summary: "" };
    const standing = after?.get(ref);
    if (flag === "=") answers.set(ref, { ref, ok: true, message: "already there" });
    else if (standing === undefined || standing === "there") {
      forwarded.add(ref);
      answers.set(ref, { ref, ok: true, message: standing === "there" ? "pushed" : said(words) });
    } else if (standing === "moved") answers.set(ref, { ref, ok: false, message: MOVED });
    else {
      const why = flag === "!" ? reasonIn(words) : firstComplaint(complaint(pushed));
      answers.set(ref, { ref, ok: false, message: said(why) });
    }
  }
  return summary(facts, answers, forwarded, rescued);
}

const MOVED = "the remote moved since this was asked: fetch, look, and push again";

/** Where the remote stands to each update: has it, waits for it, or is somewhere else. */
async function look(
  updates: readonly PushUpdate[],
  { remote, gate, outside }: Forwarding,
): Promise<Map<string, Standing>> {
  const refs = updates.map(({ ref }) => ref);
  const { held } = await readRefs(outside, remote.push.alias, refs);
  const standing = new Map<string, Standing>();
  for (const { ref, old, new: to, kind } of updates) {
    const now = held.get(ref) ?? null;
    const grown = now !== null && to !== null && now !== to && now !== old && kind !== "forced";
    if (now === to) standing.set(ref, "there");
    else if (now === old) standing.set(ref, "due");
    else standing.set(ref, grown && (await contains(gate, now, to)) ? "there" : "moved");
  }
  return standing;
}

/** Whether the remote took this change and others came on top of it. */
async function contains(gate: GateRepository, now: string, to: string): Promise<boolean> {
  await gate.refresh();
  return (await git(gate.place, ["merge-base", "--is-ancestor", to, now])).exitCode === 0;
}

interface Line {
  flag: string;
  summary: string;
}

/** `git push --porcelain`: one line for a ref, `<flag> TAB <from>:<to> TAB <summary>`. */
function parsePorcelain(output: string): Map<string, Line> {
  return new Map(
    output.split("\n").flatMap((line): [string, Line][] => {
      const [flag = "", names = "", ...words] = line.split("\t");
      const colon = names.indexOf(":");
      return colon < 0 || flag.length !== 1 || words.length === 0
        ? []
        : [[names.slice(colon + 1), { flag, summary: words.join(" ") }]];
    }),
  );
}

const reasonIn = (summary: string): string => /\((.*)\)$/s.exec(summary)?.[1] ?? summary;

const complaint = ({ ended, stderr }: { ended: string; stderr: string }): string =>
  ended === "timeout" ? "the remote took too long" : stderr;

/** The lines of git's words that say what is wrong. */
export function firstComplaint(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const wrong = lines.filter((line) =>
    /^(fatal|error|remote|ssh|Permission|.*: (Permission|Connection|Could not))/i.test(line),
  );
  return (wrong.length > 0 ? wrong : lines).slice(0, 4).join("; ") || "the remote did not answer";
}

function summary(
  facts: PushFacts,
  answers: ReadonlyMap<string, PushedRef>,
  forwarded: ReadonlySet<string>,
  rescued: Rescued,
): PushOutcome {
  const refs = facts.updates.map(({ ref }) => answers.get(ref) ?? { ref, ok: false, message: "not pushed" });
  const taken = refs.filter(({ ok }) => ok).length;
  const refusal = refs.find(({ ok }) => !ok);
  const result =
    taken > 0
      ? forwarded.size > 0
        ? "forwarded"
        : "already-there"
      : refs.some(({ message }) => message === MOVED)
        ? "moved"
        : "failed";
  const message =
    taken === refs.length
      ? result === "forwarded"
        ? `${facts.remote} took it`
        : `${facts.remote} holds it already`
      : taken > 0
        ? `${facts.remote} took ${taken} of ${refs.length} refs: ${refusal?.message}`
        : (refusal?.message ?? "not pushed");
  return { result, refs, message, rescued };
}
