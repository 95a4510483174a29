/** What reviews found, and what became of it. Pure. */
import type { Finding, TaskState } from "@tutti/core";

export type FindingOutcome =
  | { kind: "open" }
  /** A later review, of a later tree, does not name it any more. `commit`: what that review saw. */
  | { kind: "fixed"; commit: string | null }
  | { kind: "noted" };

export interface ReviewFinding {
  /** Stable as long as the findings before it are. */
  id: string;
  /** Counted from 1, as people name it. */
  number: number;
  finding: Finding;
  /** The first sentence of its claim, and the rest. */
  title: string;
  body: string;
  /** The round that named it last. */
  round: number;
  /** The commit that was reviewed in that round; null when it is not known. */
  commit: string | null;
  byPerson: boolean;
  outcome: FindingOutcome;
}

/** In the order in which they were found; one that a later review names again is one finding. */
export function findingsOf(
  { findings, verdict }: Pick<TaskState, "findings" | "verdict">,
  reviewed: readonly string[],
): ReviewFinding[] {
  const latest = verdict?.round ?? 0;
  const kept: { finding: Finding; round: number; byPerson: boolean }[] = [];
  for (const one of findings) {
    const { round, by, ...finding } = one as (typeof findings)[number] & { by?: "person" };
    const known = kept.findIndex((other) => other.round < round && isAgain(other.finding, finding));
    const entry = { finding, round, byPerson: by === "person" };
    if (known === -1) kept.push(entry);
    else kept[known] = { ...entry, byPerson: kept[known]?.byPerson === true };
  }
  return kept.map(({ finding, round, byPerson }, index) => {
    // What a person sends back is seen by the review after the latest before it.
    const isSettled = latest > round;
    const outcome: FindingOutcome =
      finding.severity === "note"
        ? { kind: "noted" }
        : isSettled
          ? { kind: "fixed", commit: reviewed[round] ?? null }
          : { kind: "open" };
    return {
      id: `finding-${index + 1}`,
      number: index + 1,
      finding,
      ...wordsOf(finding.claim),
      round,
      commit: reviewed[round - 1] ?? null,
      byPerson,
      outcome,
    };
  });
}

/** `1 fixed, 0 open`. */
export function tallyOf(findings: readonly ReviewFinding[]): {
  found: number;
  fixed: number;
  open: number;
  noted: number;
} {
  const count = (kind: FindingOutcome["kind"]) =>
    findings.filter(({ outcome }) => outcome.kind === kind).length;
  const [fixed, open] = [count("fixed"), count("open")];
  return { found: fixed + open, fixed, open, noted: count("noted") };
}

/** Whether a later round names the same defect: in the same file, in mostly the same words. */
function isAgain(before: Finding, after: Finding): boolean {
  if (before.file !== after.file) return false;
  const a = new Set(before.claim.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu));
  const b = new Set(after.claim.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu));
  const common = [...a].filter((word) => b.has(word)).length;
  return common * 2 >= Math.max(1, Math.min(a.size, b.size));
}

const longestTitle = 90;

/** A claim's first sentence as a title. */
export function wordsOf(claim: string): { title: string; body: string } {
  const found = /^(.+?)(?:[.;:](?=\s)|\n)\s*([\s\S]+)$/.exec(claim.trim());
  const [, title = claim, body = ""] = found ?? [];
  if (title.length <= longestTitle) return { title: title.replace(/\.$/, "").trim(), body: body.trim() };
  const cut = title.slice(0, longestTitle).replace(/\s+\S*$/, "");
  return { title: `${cut}…`, body: claim };
}

/** What shows a defect: a command and what it said last, where the evidence begins with one, and everything. */
export function proofOf(evidence: string): { command: string | null; said: string; all: string } {
  const all = evidence.trim();
  const command = /^\$ (.+)$/m.exec(all)?.[1] ?? null;
  const said = command === null ? "" : (all.split("\n").at(-1) ?? "").trim();
  return { command, said: said.startsWith("$ ") ? "" : said, all };
}
