import { Key } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { cutPath } from "./cut-path.ts";
import type { ViewFile } from "./items.ts";
import type { Reading } from "./use-reading.ts";

/** A file's name, what happened to it, and whether it was viewed. Stays at the top while its lines pass. */
export function FileHead({
  file: { path, from, status, additions, deletions },
  reading: { review },
  isOpen,
  isViewed,
  onOpen,
  onViewed,
}: {
  file: ViewFile;
  reading: Reading;
  isOpen: boolean;
  isViewed: boolean;
  onOpen(path: string, open: boolean): void;
  onViewed(viewed: boolean): void;
}) {
  const words =
    statusWords(status, from) ?? (changedAfterReview(review, path) ? "changed after the review" : "");
  return (
    <div role="row">
      <div role="cell" className="file-head">
        <button
          type="button"
          className="icon-press"
          aria-expanded={isOpen}
          aria-label={isOpen ? `Fold ${path}` : `Open ${path}`}
          onClick={() => onOpen(path, !isOpen)}
        >
          <Icon name={isOpen ? "down" : "right"} size={14} className="text-text-3" />
        </button>
        <h3 className="cut font-mono text-12 font-semibold" title={path}>
          {cutPath(path, 90)}
        </h3>
        {(additions ?? 0) > 0 && <span className="text-pass">+{additions}</span>}
        {(deletions ?? 0) > 0 && <span className="ml-[-4px] text-stop">−{deletions}</span>}
        {words !== "" && (
          <span className="cut text-text-3" title={words}>
            {words}
          </span>
        )}
        <span className="min-w-0 flex-1" />
        <button
          type="button"
          className="viewed-toggle"
          aria-pressed={isViewed}
          onClick={() => onViewed(!isViewed)}
        >
          {isViewed && <Icon name="check" size={14} className="text-text-3" />}
          Viewed
          <span className="sr"> {path}</span> <Key>X</Key>
        </button>
      </div>
    </div>
  );
}

function statusWords(status: string, from: string | null): string | undefined {
  if (from !== null) return `moved from ${from}`;
  switch (status[0]) {
    case "D":
      return "deleted";
    case "R":
      return "moved";
    case "C":
      return "copied";
    case "T":
      return "changed its type";
    default:
      return undefined;
  }
}

/** Whether a later candidate than the one that was reviewed first changed it again. */
function changedAfterReview({ candidates, reviewed: [first] }: Reading["review"], path: string): boolean {
  const at = candidates.findIndex(({ commit }) => commit === first);
  return at !== -1 && candidates.slice(at + 1).some(({ changedSince }) => changedSince.includes(path));
}
