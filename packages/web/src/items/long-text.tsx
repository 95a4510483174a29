import { useTimeline } from "./item.ts";

/** More than this is shown when it is asked for. */
const shownCharacters = 1_500;

/** Plain text, the long rest of it behind a press. */
export function LongText({ text, className, id }: { text: string; className: string; id: string }) {
  const { isOpen, toggle } = useTimeline();
  const key = `long-${id}`;
  const isLong = text.length > shownCharacters * 1.3;
  const isWhole = !isLong || isOpen(key);
  return (
    <>
      <p className={className}>{isWhole ? text : `${text.slice(0, shownCharacters)}…`}</p>
      {isLong && (
        <button type="button" className="fold underline underline-offset-2" onClick={() => toggle(key)}>
          {isWhole ? "Show less" : "Show all"}
        </button>
      )}
    </>
  );
}
