/** The items of a change, file by file, made anew only where something of the file changed. */
import { useRef } from "react";
import { troubleWords } from "../design/screen-states.tsx";
import { counted } from "../design/words.ts";
import { type DrawnHunk, drawLines } from "./drawn-lines.ts";
import type { ReviewFinding } from "./findings.ts";
import { type Item, itemsOf, type Notice, type Placed, type ViewFile } from "./items.ts";
import type { DrawingChoice } from "./kept.ts";
import type { LineSpot } from "./line-spot.ts";
import { readPatch } from "./patch.ts";
import type { Loaded } from "./patches.ts";
import type { Reading } from "./use-reading.ts";

/** A file that changes more lines is folded until somebody asks for it. */
const longFile = 1_000;

interface Made {
  from: readonly unknown[];
  items: Item[];
}

interface Drawn {
  loaded: Loaded | undefined;
  choice: DrawingChoice;
  hunks: DrawnHunk[];
  notices: Notice[];
  longest: number;
}

export function useItems({
  reading,
  files,
  isSplit,
  choice,
  opened,
  asked,
  draft,
  isAlone,
}: {
  reading: Reading;
  files: readonly ViewFile[];
  isSplit: boolean;
  choice: DrawingChoice;
  /** What a person opened or folded. */
  opened: ReadonlyMap<string, boolean>;
  /** Long files that a person wants to see. */
  asked: ReadonlySet<string>;
  draft: LineSpot | undefined;
  /** Only one file is shown: it is never folded. */
  isAlone: boolean;
}): { items: Item[]; longest: number } {
  const made = useRef(new Map<string, Made>());
  const drawn = useRef(new Map<string, Drawn>());
  const all = useRef<{ parts: Item[][]; items: Item[] }>({ parts: [], items: [] });
  const { patches, view, review, drafts, isViewed } = reading;
  const byFile = Map.groupBy(review.findings, ({ finding }) => finding.file);
  const commentsByFile = Map.groupBy(drafts.comments, ({ path }) => path);

  let longest = 0;
  const parts = files.map((file) => {
    const { path } = file;
    const loaded = patches.get(path);
    const key = `${view.base} ${view.commit} ${path}`;
    const isLong = (file.additions ?? 0) + (file.deletions ?? 0) > longFile && !asked.has(path);
    const isOpen = isAlone || (opened.get(path) ?? !isViewed(path));
    const findings = byFile.get(path);
    const comments = commentsByFile.get(path);
    const spot = draft?.path === path ? draft : undefined;
    const said = `${findings?.map(({ id, outcome }) => id + outcome.kind).join()} ${comments?.map(({ id, text, to }) => id + to + text).join()}`;
    const from = [file, loaded, isSplit, choice, isOpen, isLong, said, spot];
    const known = made.current.get(key);
    if (known && isOpen) longest = Math.max(longest, drawn.current.get(key)?.longest ?? 0);
    if (known && sameAll(known.from, from)) return known.items;

    let lines = drawn.current.get(key);
    if (!lines || lines.loaded !== loaded || lines.choice !== choice) {
      lines = draw(file, loaded, choice);
      drawn.current.set(key, lines);
    }
    longest = Math.max(longest, lines.longest);
    const isHere = loaded?.status === "here";
    const items = itemsOf(
      {
        ...{ file, isOpen, comments: comments ?? [], draft: spot },
        hunks: isHere && !isLong ? lines.hunks : undefined,
        notices: isLong ? [longNotice(file)] : noticesOf(file, lines, loaded),
        findings: (findings ?? []).map((one) => placed(one, view.base)),
      },
      isSplit,
    );
    made.current.set(key, { from, items });
    return items;
  });
  if (!sameAll(all.current.parts, parts)) all.current = { parts, items: parts.flat() };
  return { items: all.current.items, longest: Math.min(longest, 2_000) };
}

const sameAll = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((one, index) => one === b[index]);

/** A finding's line is one of the commit that was reviewed: that is the old side where the view begins with it. */
const placed = (what: ReviewFinding, base: string): Placed<ReviewFinding> => ({
  ...{ what, side: what.commit === base ? "before" : "after", line: what.finding.line },
});

function draw(file: ViewFile, loaded: Loaded | undefined, choice: DrawingChoice): Drawn {
  const empty: Drawn = { loaded, choice, hunks: [], notices: [], longest: 0 };
  if (loaded?.status !== "here") return empty;
  const { text, cut } = loaded.patch;
  const patch = readPatch(text);
  const notices: Notice[] = [];
  if (patch.isBinary) notices.push({ kind: "binary", words: "A binary file: its content is not shown" });
  else if (patch.mode !== null) notices.push({ kind: "mode", words: `Its mode changed: ${patch.mode}` });
  if (!patch.isBinary && patch.hunks.length === 0 && patch.mode === null)
    notices.push(
      file.from === null && patch.from === null
        ? {
            kind: "empty",
            words: file.status.startsWith("D") ? "An empty file was deleted" : "No line differs",
          }
        : { kind: "moved", words: `Moved from ${file.from ?? patch.from}, its content is the same` },
    );
  if (cut > 0) notices.push({ kind: "cut", words: `The middle is left out: ${counted(cut, "byte")}` });
  const hunks = drawLines(file.path, patch, choice);
  const longest = Math.max(
    0,
    ...hunks.map(({ lines }) => lines.reduce((most, line) => Math.max(most, line.text.length), 0)),
  );
  return { ...empty, hunks, notices, longest };
}

function noticesOf(file: ViewFile, { notices }: Drawn, loaded: Loaded | undefined): Notice[] {
  if (loaded?.status === "failed") return [{ kind: "failed", words: troubleWords(loaded.error) }];
  if (loaded?.status === "here") return notices;
  return file.additions === null && file.deletions === null && loaded === undefined ? [] : notices;
}

const longNotice = ({ additions, deletions }: ViewFile): Notice => ({
  ...{ kind: "long", words: `${counted((additions ?? 0) + (deletions ?? 0), "line")}, folded` },
});
