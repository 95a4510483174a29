/** A folder tree as the rows of a list, out of the listings of the folders that are open. Pure. */
import type { FolderEntry } from "@tutti/core";

export interface Listing {
  entries: readonly FolderEntry[];
  /** Entries that were left out. */
  cut: number;
}

export type TreeRow =
  | {
      type: "entry";
      path: string;
      name: string;
      depth: number;
      kind: FolderEntry["kind"];
      isOpen: boolean;
      /** Its place among its siblings, from 1, and how many they are. */
      place: number;
      of: number;
    }
  /** A folder's listing is on its way, did not come, or was cut. */
  | { type: "note"; path: string; depth: number; words: string };

export function treeRows(
  listing: (path: string) => Listing | Error | undefined,
  open: ReadonlySet<string>,
  path = "",
  depth = 0,
): TreeRow[] {
  const found = listing(path);
  if (found === undefined) return [{ type: "note", path, depth, words: "Loading" }];
  if (found instanceof Error) return [{ type: "note", path, depth, words: found.message }];
  if (found.entries.length === 0) return [{ type: "note", path, depth, words: "Nothing in it" }];
  const rows = found.entries.flatMap(({ name, kind }, index): TreeRow[] => {
    const at = path === "" ? name : `${path}/${name}`;
    const isOpen = kind === "folder" && open.has(at);
    const row: TreeRow = {
      ...{ type: "entry", path: at, name, depth, kind, isOpen },
      ...{ place: index + 1, of: found.entries.length },
    };
    return isOpen ? [row, ...treeRows(listing, open, at, depth + 1)] : [row];
  });
  if (found.cut > 0)
    rows.push({ type: "note", path, depth, words: `${found.cut.toLocaleString("en")} more are not shown` });
  return rows;
}

/** The folders that lead to a path. */
export function foldersTo(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** Folders in which something changed. */
export const foldersWith = (paths: readonly string[]): ReadonlySet<string> =>
  new Set(paths.flatMap(foldersTo));
