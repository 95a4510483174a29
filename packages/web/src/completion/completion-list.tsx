import "./completion.css";
import type { Completions } from "./use-completions.ts";

/** What can be completed, above the box; the keys stay in the box. */
export function CompletionList({
  completions: { choices, at, listId },
  onTake,
}: {
  completions: Completions;
  onTake(value: string): void;
}) {
  return (
    <div
      id={listId}
      role="listbox"
      aria-label="Completions"
      className="menu completions"
      hidden={choices.length === 0}
    >
      {choices.map(({ value, title, does }, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the box takes the keys
        <div
          key={value}
          id={`${listId}-${index}`}
          role="option"
          aria-selected={index === at}
          className="menu-item"
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onTake(value)}
        >
          <code className="cut flex-1">{title}</code>
          {does !== undefined && <span className="text-12 text-text-3">{does}</span>}
        </div>
      ))}
    </div>
  );
}
