/** What an agent thought: one line, the rest behind a press. */
import { Entry } from "./entry.tsx";
import { Foldable } from "./foldable.tsx";
import type { ItemProps } from "./item.ts";
import { LongText } from "./long-text.tsx";
import { SubAgentName } from "./message.tsx";

export function Reasoning({ row }: ItemProps<"reasoning">) {
  const { text, agent } = row.step;
  return (
    <Entry row={row}>
      {agent !== undefined && <SubAgentName name={agent} />}
      <Foldable id={`thought-${row.key}`} label={<span className="italic">Thought</span>}>
        <LongText text={text} className="entry-words text-text-2" id={row.key} />
      </Foldable>
    </Entry>
  );
}
