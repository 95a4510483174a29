import { useEffect, useRef } from "react";
import { Button } from "../design/button.tsx";
import { PersonMark } from "../design/mark.tsx";
import type { Comment } from "./comments.ts";
import type { LineSpot } from "./line-spot.ts";

/** A note that is not sent yet. */
export function CommentThread({
  comment: { from, to, text },
  onEdit,
  onDrop,
}: {
  comment: Comment;
  onEdit(): void;
  onDrop(): void;
}) {
  return (
    <article className="thread" aria-label={`Your note on ${lineWords({ from, to })}`}>
      <header>
        <PersonMark name="You" />
        <h4 className="font-semibold">Your note</h4>
        <span className="text-12 text-text-3">{lineWords({ from, to })}, not sent yet</span>
        <span className="flex-1" />
        <Button look="ghost" size="small" onClick={onEdit}>
          Edit
        </Button>
        <Button look="ghost" size="small" onClick={onDrop}>
          Remove
        </Button>
      </header>
      <p className="whitespace-pre-wrap">{text}</p>
    </article>
  );
}

const lineWords = ({ from, to }: Pick<LineSpot, "from" | "to">): string =>
  from === to ? `line ${from}` : `lines ${from} to ${to}`;

/** Where a note is written. What was typed stays in `text` while the lines scroll away and come back. */
export function CommentForm({
  spot,
  text,
  onText,
  onKeep,
  onCancel,
}: {
  spot: LineSpot;
  text: string;
  onText(text: string): void;
  onKeep(): void;
  onCancel(): void;
}) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus({ preventScroll: true }), []);
  return (
    <form
      className="thread p-3"
      onSubmit={(event) => {
        event.preventDefault();
        onKeep();
      }}
    >
      <textarea
        ref={field}
        className="field min-h-[72px] resize-y"
        aria-label={`Your note on ${lineWords(spot)}`}
        placeholder="What should change here?"
        maxLength={4_000}
        value={text}
        onChange={({ target }) => onText(target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) onKeep();
          else if (event.key === "Escape") onCancel();
          else return;
          event.preventDefault();
        }}
      />
      <div className="mt-2 flex items-center gap-2">
        <span className="cut text-12 text-text-3">{sideWords(spot)}</span>
        <span className="flex-1" />
        <Button look="ghost" size="small" onClick={onCancel}>
          Cancel
        </Button>
        <Button size="small" type="submit" disabled={text.trim() === ""}>
          Keep note
        </Button>
      </div>
    </form>
  );
}

const sideWords = (spot: LineSpot) =>
  `${spot.side === "before" ? "Removed " : ""}${lineWords(spot)}`.replace(/^l/, "L");
