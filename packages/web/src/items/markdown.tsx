/** Text in Markdown. What draws it is loaded when there is some; until then the text stands as it is. */
import { lazy, memo, Suspense } from "react";
import { useTimeline } from "./item.ts";

const Prose = lazy(async () => ({ default: (await import("./prose.tsx")).Prose }));

/** More than this at once would keep the page from scrolling. */
const shownCharacters = 12_000;

export const Markdown = memo(function Markdown({ text, id }: { text: string; id: string }) {
  const { isOpen, toggle } = useTimeline();
  const key = `long-${id}`;
  const isLong = text.length > shownCharacters * 1.2;
  const isWhole = !isLong || isOpen(key);
  const shown = isWhole ? text : `${text.slice(0, shownCharacters)}…`;
  return (
    <>
      <Suspense
        fallback={
          <div aria-busy="true" className="prose whitespace-pre-wrap">
            {shown}
          </div>
        }
      >
        <Prose text={shown} />
      </Suspense>
      {isLong && (
        <button type="button" className="fold underline underline-offset-2" onClick={() => toggle(key)}>
          {isWhole ? "Show less" : "Show all"}
        </button>
      )}
    </>
  );
});
