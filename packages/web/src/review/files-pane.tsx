import { useVirtualizer } from "@tanstack/react-virtual";
import type { ChangedFile } from "@tutti/core";
import { useEffect, useMemo, useRef } from "react";
import { classNames } from "../design/class-names.ts";
import { Icon } from "../design/icon.tsx";
import { shortHash } from "../design/words.ts";
import { type Comment, spotWords } from "./comments.ts";
import { cutPath } from "./cut-path.ts";
import { type ReviewFinding, tallyOf } from "./findings.ts";
import { InlineCode } from "./inline-code.tsx";
import { groupTitles } from "./reading-order.ts";
import type { Reading } from "./use-reading.ts";

type Row =
  | { type: "heading"; key: string; title: string; count: string }
  | { type: "finding"; key: string; finding: ReviewFinding }
  | { type: "note"; key: string; comment: Comment }
  | { type: "file"; key: string; file: ChangedFile };

/** Findings, one's own notes, and all files in reading order. */
export function FilesPane({
  reading,
  current,
  currentFinding,
  onFile,
  onFinding,
  onNote,
}: {
  reading: Reading;
  current: string | undefined;
  currentFinding: string | undefined;
  onFile(path: string): void;
  onFinding(finding: ReviewFinding): void;
  onNote(comment: Comment): void;
}) {
  const { review, groups, drafts, isViewed } = reading;
  const { findings } = review;
  const rows = useMemo((): Row[] => {
    const { fixed, open, found } = tallyOf(findings);
    return [
      ...heading(
        "Findings",
        findings.length === 0 ? "none" : found === 0 ? "0 open" : `${fixed} fixed, ${open} open`,
      ),
      ...findings.map((finding): Row => ({ type: "finding", key: finding.id, finding })),
      ...(drafts.comments.length > 0 ? heading("Your notes", `${drafts.comments.length} not sent`) : []),
      ...drafts.comments.map((comment): Row => ({ type: "note", key: comment.id, comment })),
      ...groups.flatMap(({ group, files }, index): Row[] => {
        const seen = files.filter(({ path }) => isViewed(path)).length;
        const count = `${seen.toLocaleString("en")} of ${files.length.toLocaleString("en")}${index === 0 ? " viewed" : ""}`;
        return [
          ...heading(groupTitles[group], count),
          ...files.map((file): Row => ({ type: "file", key: `file ${file.path}`, file })),
        ];
      }),
    ];
  }, [findings, drafts.comments, groups, isViewed]);

  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => guessed(rows[index]),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 12,
  });
  const at =
    current === undefined ? -1 : rows.findIndex((row) => row.type === "file" && row.file.path === current);
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the diff, not the list's own changes
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: "auto" });
  }, [current]);

  return (
    <aside className="pane review-left" aria-label="Findings and files">
      <div ref={scroller} className="scroll">
        <div className="relative" style={{ height: virtual.getTotalSize() + 16 }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const row = rows[index];
            if (!row) return null;
            return (
              <div
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${start}px)` }}
              >
                {row.type === "heading" && (
                  <h2 className="list-heading">
                    {row.title}
                    <span>{row.count}</span>
                  </h2>
                )}
                {row.type === "finding" && (
                  <FindingRow
                    finding={row.finding}
                    isCurrent={row.finding.id === currentFinding}
                    onPress={() => onFinding(row.finding)}
                  />
                )}
                {row.type === "note" && (
                  <button type="button" className="finding-row" onClick={() => onNote(row.comment)}>
                    <span className="text-you">
                      <Icon name="person" size={14} />
                    </span>
                    <span className="min-w-0">
                      <span className="cut block">{row.comment.text}</span>
                      <span className="cut block text-12 text-text-2">
                        <code>{spotWords(row.comment)}</code>
                      </span>
                    </span>
                  </button>
                )}
                {row.type === "file" && (
                  <FileRow
                    file={row.file}
                    isViewed={isViewed(row.file.path)}
                    isCurrent={row.file.path === current}
                    onPress={() => onFile(row.file.path)}
                  />
                )}
              </div>
            );
          })}
        </div>
      </div>
    </aside>
  );
}

const heading = (title: string, count: string): Row[] => [
  { type: "heading", key: `heading ${title}`, title, count },
];

const guessed = (row: Row | undefined): number =>
  row?.type === "heading" ? 37 : row?.type === "finding" ? 70 : row?.type === "note" ? 51 : 26;

export function FindingRow({
  finding: { finding, title, outcome, byPerson },
  isCurrent,
  onPress,
}: {
  finding: ReviewFinding;
  isCurrent: boolean;
  onPress(): void;
}) {
  const weight = byPerson ? "Sent back" : finding.severity === "blocking" ? "Blocking" : "Note";
  return (
    <button
      type="button"
      className="finding-row"
      aria-current={isCurrent ? "true" : undefined}
      onClick={onPress}
    >
      {outcome.kind === "open" ? (
        <Icon name="cross" size={14} className="text-stop" />
      ) : outcome.kind === "fixed" ? (
        <Icon name="check" size={14} className="text-pass" />
      ) : (
        <Icon name="file" size={14} className="text-text-3" />
      )}
      <span className="min-w-0 [overflow-wrap:anywhere]">
        <span className={outcome.kind === "noted" ? "" : "font-medium"}>
          <InlineCode text={title} />
        </span>
        <span className="mt-[1px] block text-12 text-text-2">
          {weight}
          {outcome.kind === "open" && ", open"}
          {outcome.kind === "fixed" && (
            <>
              , fixed
              {outcome.commit !== null && (
                <>
                  {" in "}
                  <code>{shortHash(outcome.commit)}</code>
                </>
              )}
            </>
          )}
        </span>
      </span>
    </button>
  );
}

export function FileRow({
  file: { path, status, additions, deletions },
  isViewed,
  isCurrent,
  onPress,
}: {
  file: ChangedFile;
  isViewed: boolean;
  isCurrent: boolean;
  onPress(): void;
}) {
  return (
    <button
      type="button"
      className={classNames("file-row", isViewed && "file-row-viewed")}
      aria-current={isCurrent ? "true" : undefined}
      title={path}
      onClick={onPress}
    >
      {isViewed ? (
        <Icon name="check" size={14} label="Viewed" className="text-text-3" />
      ) : (
        <span className="box" role="img" aria-label="Not viewed" />
      )}
      <code className={classNames("cut text-left", status.startsWith("D") && "line-through")}>
        {cutPath(path, 27)}
      </code>
      <span className="text-12 text-text-3">{sizeWords({ additions, deletions })}</span>
    </button>
  );
}

/** `+31`, `+58 −9`; `binary` where lines cannot be counted. */
function sizeWords({ additions, deletions }: Pick<ChangedFile, "additions" | "deletions">): string {
  if (additions === null || deletions === null) return "binary";
  const parts = [additions > 0 && `+${additions}`, deletions > 0 && `−${deletions}`].filter(Boolean);
  return parts.join(" ") || "±0";
}
