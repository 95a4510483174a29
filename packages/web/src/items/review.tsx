/** The words of a review that found nothing. */
import { Entry } from "./entry.tsx";
import type { ItemProps } from "./item.ts";
import { Markdown } from "./markdown.tsx";

export function ReviewRow({ row }: ItemProps<"review">) {
  return (
    <Entry row={row}>
      <Markdown text={row.summary} id={row.key} />
    </Entry>
  );
}
