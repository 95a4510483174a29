/** What a person said: the request itself, a prompt, or words into a turn that goes on. */
import { PersonMark } from "../design/mark.tsx";
import { useSelfName } from "../session/use-self-name.ts";
import { Entry, EntryHead } from "./entry.tsx";
import { Foldable } from "./foldable.tsx";
import { type ItemProps, useTimeline } from "./item.ts";
import { LongText } from "./long-text.tsx";
import { Pictures } from "./picture.tsx";
import { TaskName } from "./task-name.tsx";

export function Words({ row }: ItemProps<"words">) {
  const self = useSelfName();
  const { session } = useTimeline();
  const { by, text, images, contract, delivered } = row.block;
  const who = by.kind !== "person" ? by.name : by.name === "" || by.name === self ? "You" : by.name;
  const isToAgent = session(row.block.session)?.spec.parent !== undefined;
  return (
    <Entry row={row} mark={<PersonMark name={who === "You" ? self || "You" : who} />}>
      <EntryHead>
        <b>{who}</b>
        {isToAgent && " to the agent"}
        <TaskName block={row.block} />
        {delivered === null && <span className="text-text-3"> Reaches it at its next step</span>}
        {delivered === false && <span className="text-stop"> It was over before these words reached it</span>}
      </EntryHead>
      <LongText text={text} className="entry-words" id={row.key} />
      <Pictures images={images} />
      {contract !== undefined && (
        <Foldable id={`contract-${row.key}`} label="What must hold">
          <p className="entry-words text-text-2">{contract}</p>
        </Foldable>
      )}
    </Entry>
  );
}
