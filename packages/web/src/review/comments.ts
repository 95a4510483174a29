/** What a person notes at lines while they read: kept for one candidate, in this tab, until it is sent. */
import type { Finding } from "@tutti/core";
import type { Side } from "./line-spot.ts";

export interface Comment {
  id: string;
  path: string;
  side: Side;
  from: number;
  to: number;
  text: string;
}

/** As what goes back with a merge: it blocks until it was seen to. */
export function noteOf({ path, side, from, to, text }: Comment): Finding {
  const range = from === to ? "" : `Lines ${from} to ${to}: `;
  // Numbers before the change are of no file that is there now.
  const gone =
    side === "before" ? (from === to ? `Removed line ${from}: ` : `Removed lines ${from} to ${to}: `) : range;
  return {
    severity: "blocking",
    file: path,
    ...(side === "after" && { line: from }),
    claim: `${gone}${text.trim()}`.slice(0, 4_000),
    evidence: "",
  };
}

/** `src/due.ts:12` or `src/due.ts:12–14`. */
export const spotWords = ({ path, from, to }: Pick<Comment, "path" | "from" | "to">): string =>
  `${path}:${from === to ? from : `${from}–${to}`}`;

/** Of what was kept, what still is a comment; nothing that was kept by something else. */
export function readComments(kept: string | null): Comment[] {
  if (kept === null) return [];
  try {
    const all: unknown = JSON.parse(kept);
    return Array.isArray(all) ? all.filter(isComment) : [];
  } catch {
    return [];
  }
}

function isComment(one: unknown): one is Comment {
  if (typeof one !== "object" || one === null) return false;
  const { id, path, side, from, to, text } = one as Record<string, unknown>;
  return (
    [id, path, text].every((word) => typeof word === "string") &&
    (side === "before" || side === "after") &&
    Number.isSafeInteger(from) &&
    Number.isSafeInteger(to)
  );
}
