/** The order of the inbox's rows while it changes: nothing jumps under the pointer, and what was pressed stays in sight. Pure. */
import type { InboxItem } from "@tutti/core";
import { itemKey } from "../request/words.ts";

export interface InboxRow {
  key: string;
  item: InboxItem;
  /** It waits no longer; the row stays for who looks at it. */
  ended: boolean;
  /** It came while the list was on the screen. */
  fresh: boolean;
}

export interface Arranged {
  rows: readonly InboxRow[];
  /** Items that wait above until the pointer leaves the list. */
  waiting: number;
}

/**
 * @param shown the rows on the screen; undefined before the first
 * @param held the pointer is over the list: rows keep their places, what is new waits
 * @param kept rows that stay although their item is gone
 */
export function arrange(
  shown: readonly InboxRow[] | undefined,
  items: readonly InboxItem[],
  { held, kept }: { held: boolean; kept: ReadonlySet<string> },
): Arranged {
  const before = new Map((shown ?? []).map((row) => [row.key, row]));
  const now = new Map(items.map((item) => [itemKey(item), item]));
  const rowOf = (key: string, item: InboxItem): InboxRow => ({
    ...{ key, item, ended: false },
    fresh: before.get(key)?.fresh ?? shown !== undefined,
  });
  if (held && shown !== undefined && shown.length > 0) {
    const rows = shown.map((row) => {
      const item = now.get(row.key);
      return item ? rowOf(row.key, item) : { ...row, ended: true };
    });
    return { rows, waiting: [...now.keys()].filter((key) => !before.has(key)).length };
  }
  const rows = [...now].map(([key, item]) => rowOf(key, item));
  for (const [place, row] of (shown ?? []).entries())
    if (kept.has(row.key) && !now.has(row.key)) rows.splice(place, 0, { ...row, ended: true });
  return { rows, waiting: 0 };
}
