import type { Block } from "../session/timeline/block.ts";
import { useTimeline } from "./item.ts";

/** Which task a block is about, where a request has several. */
export function TaskName({ block }: { block: Block }) {
  const { namesTasks } = useTimeline();
  if (!namesTasks || block.task === undefined) return null;
  return <span className="text-text-3"> {block.task}</span>;
}
