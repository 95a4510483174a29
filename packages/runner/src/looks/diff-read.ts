import type { BoundedText, LookAnswerOf, LookOf } from "@tutti/core";
import { type BoundedOutput, boundedOutput } from "../process/bounded-output.ts";
import { gitChunks, gitFields } from "../workspace/git.ts";
import { compareTrees, objectsOf, readRaw } from "./diff-list.ts";
import { gitLimitMs } from "./git-limit.ts";

/** Bytes of one file's patch that are kept. */
const mostOfOne = 512 * 1024;
/** Bytes of all together, as the answer carries them. */
const mostInAll = 7 * 1024 * 1024;

/** A file that did not change has an empty patch. */
export async function readDiff({
  repository,
  base,
  commit,
  paths,
  context,
}: LookOf<"diff.read">): Promise<LookAnswerOf<"diff.read">> {
  const store = await objectsOf(repository);
  const options = { limitMs: gitLimitMs };
  // That a file moved is only seen beside the one that it was: a patch of its new path alone would show all of it as new.
  const all = await gitFields(store, [...compareTrees, "--raw", "-z", base, commit], options);
  const wanted = new Set(paths);
  const sources = readRaw(all).changes.flatMap(({ path, from }) => (from && wanted.has(path) ? [from] : []));
  const limited = ["--", ...[...wanted, ...sources].map((path) => `:(literal)${path}`)];
  const splitter = openSplitter();
  const [raw] = await Promise.all([
    gitFields(store, [...compareTrees, "--raw", "-z", base, commit, ...limited], options),
    gitChunks(
      store,
      [...compareTrees, "-p", "--full-index", `-U${context}`, base, commit, ...limited],
      splitter.push,
      options,
    ),
  ]);
  const parts = splitter.end();
  const patches = new Map<string, BoundedText>();
  // Patches come in the order of the files. A file that became a link, or a link a file, has two: it goes, and it comes.
  for (const { path, status } of readRaw(raw).changes)
    patches.set(path, together(parts.splice(0, status === "T" ? 2 : 1)));

  let room = mostInAll;
  return {
    type: "diff.read",
    patches: paths.map((path) => {
      const patch = patches.get(path) ?? { text: "", cut: 0 };
      const size = Buffer.byteLength(JSON.stringify(patch.text));
      if (size > room) return { path, patch: { text: "", cut: patch.cut + Buffer.byteLength(patch.text) } };
      room -= size;
      return { path, patch };
    }),
  };
}

function together(parts: readonly BoundedOutput[]): BoundedText {
  return {
    text: parts.map((part) => part.text()).join(""),
    cut: parts.reduce((sum, part) => sum + part.cutBytes(), 0),
  };
}

const heading = Buffer.from("diff --git ");

/**
 * Splits a stream of patches before each line that begins one; no line of a patch's content begins like it. What is kept of
 * each is bounded.
 */
function openSplitter(): { push(chunk: Buffer): void; end(): BoundedOutput[] } {
  const parts: BoundedOutput[] = [];
  let rest = Buffer.alloc(0);

  function take(bytes: Buffer): void {
    let from = 0;
    for (let at = 0; at !== -1 && at < bytes.length; ) {
      if (bytes.subarray(at, at + heading.length).equals(heading)) {
        if (at > from) parts.at(-1)?.push(bytes.subarray(from, at));
        parts.push(boundedOutput({ headBytes: mostOfOne / 2, tailBytes: mostOfOne / 2 }));
        from = at;
      }
      const end = bytes.indexOf(10, at);
      at = end === -1 ? -1 : end + 1;
    }
    if (bytes.length > from) parts.at(-1)?.push(bytes.subarray(from));
  }

  return {
    push(chunk) {
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      const end = bytes.lastIndexOf(10) + 1;
      take(bytes.subarray(0, end));
      rest = Buffer.from(bytes.subarray(end));
    },
    end() {
      take(rest);
      return parts;
    },
  };
}
