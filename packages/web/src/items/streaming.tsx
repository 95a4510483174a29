/** Text that an agent is writing: whole lines, each paragraph drawn once. */
import { paragraphs, wholeLines } from "../session/timeline/streaming.ts";
import { Entry } from "./entry.tsx";
import type { ItemProps } from "./item.ts";
import { Markdown } from "./markdown.tsx";

/** Of thoughts, the last lines are enough. */
const thoughtLines = 8;

export function Streaming({ row }: ItemProps<"streaming">) {
  const { kind, text } = row.delta;
  const shown = wholeLines(text);
  return (
    <Entry row={row}>
      {kind === "message" ? (
        paragraphs(shown).map((part, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a paragraph keeps its place while the text grows
          <Markdown key={at} text={part} id={`${row.key}-${at}`} />
        ))
      ) : (
        <p className="entry-words italic text-text-2">
          {shown.trimEnd().split("\n").slice(-thoughtLines).join("\n") || "Thinking"}
        </p>
      )}
    </Entry>
  );
}
