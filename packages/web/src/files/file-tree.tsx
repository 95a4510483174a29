import { useQueries } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { lookQuery } from "../app/queries.ts";
import { useClient } from "../connection/use-connection.ts";
import { classNames } from "../design/class-names.ts";
import { Icon } from "../design/icon.tsx";
import { foldersTo, foldersWith, type Listing, treeRows } from "./tree.ts";

const changeWords: Record<string, string> = { A: "added", M: "changed", D: "deleted", R: "moved" };

/** A worktree's folders and files. Folders are read when they are opened. */
export function FileTree({
  host,
  root,
  path,
  changes,
  onOpen,
}: {
  host: string;
  root: string;
  /** The file that is shown. */
  path: string | undefined;
  /** What the change does to files, by path. */
  changes: ReadonlyMap<string, string>;
  onOpen(path: string): void;
}) {
  const client = useClient();
  const [open, setOpen] = useState<ReadonlySet<string>>(
    () => new Set(path === undefined ? [] : foldersTo(path)),
  );
  useEffect(() => {
    if (path !== undefined) setOpen((before) => new Set([...before, ...foldersTo(path)]));
  }, [path]);
  const wanted = useMemo(() => ["", ...open], [open]);
  const listings = useQueries({
    queries: wanted.map((folder) => lookQuery(client, host, { type: "folder.list", root, path: folder })),
    combine: (results) =>
      new Map(
        results.map(({ data, error }, index): [string, Listing | Error | undefined] => [
          wanted[index] ?? "",
          data ?? error ?? undefined,
        ]),
      ),
  });
  const rows = useMemo(() => treeRows((folder) => listings.get(folder), open), [listings, open]);
  const changedFolders = useMemo(() => foldersWith([...changes.keys()]), [changes]);

  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (globalThis.matchMedia("(max-width: 719px)").matches ? 44 : 26),
    getItemKey: (at) => `${rows[at]?.type} ${rows[at]?.path}`,
    overscan: 12,
  });
  const [current, setCurrent] = useState<string>();
  const entries = rows.flatMap((row) => (row.type === "entry" ? [row] : []));
  const focusable = entries.find((row) => row.path === (current ?? path)) ?? entries[0];

  const focus = (to: string | undefined) => {
    const at = rows.findIndex((row) => row.type === "entry" && row.path === to);
    if (to === undefined || at < 0) return;
    setCurrent(to);
    virtual.scrollToIndex(at);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-entry="${CSS.escape(to)}"]`)?.focus(),
    );
  };
  const toggle = (folder: string, isOpen: boolean) =>
    setOpen((before) => {
      const next = new Set(before);
      if (isOpen) next.add(folder);
      else next.delete(folder);
      return next;
    });
  const onKeyDown = (event: KeyboardEvent) => {
    const at = entries.findIndex((row) => row.path === focusable?.path);
    const row = entries[at];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    switch (event.key) {
      case "ArrowDown":
        focus(entries[at + 1]?.path);
        break;
      case "ArrowUp":
        focus(entries[at - 1]?.path);
        break;
      case "ArrowRight":
        if (row.kind === "folder" && !row.isOpen) toggle(row.path, true);
        else if (row.kind === "folder") focus(entries[at + 1]?.path);
        break;
      case "ArrowLeft":
        if (row.isOpen) toggle(row.path, false);
        else focus(row.path.split("/").slice(0, -1).join("/"));
        break;
      case "Home":
        focus(entries[0]?.path);
        break;
      case "End":
        focus(entries.at(-1)?.path);
        break;
      case "Enter":
      case " ":
        if (row.kind === "folder") toggle(row.path, !row.isOpen);
        else onOpen(row.path);
        break;
      default: {
        if (event.key.length !== 1) return;
        // A letter leads to the next name that begins with it.
        const letter = event.key.toLowerCase();
        const next = [...entries.slice(at + 1), ...entries.slice(0, at + 1)].find((one) =>
          one.name.toLowerCase().startsWith(letter),
        );
        focus(next?.path);
      }
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div ref={scroller} className="scroll">
      <div
        role="tree"
        aria-label="Files"
        className="relative"
        style={{ height: virtual.getTotalSize() }}
        onKeyDown={onKeyDown}
      >
        {virtual.getVirtualItems().map(({ index, key, start, size }) => {
          const row = rows[index];
          if (!row) return null;
          const place = {
            height: size,
            transform: `translateY(${start}px)`,
            paddingLeft: 12 + row.depth * 14,
          };
          if (row.type === "note")
            return (
              <p key={key} className="tree-row text-text-3" style={place}>
                <span className="cut pl-[18px]">{row.words}</span>
              </p>
            );
          const status = changes.get(row.path)?.[0];
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the tree takes the keys
            <div
              key={key}
              role="treeitem"
              aria-level={row.depth + 1}
              aria-posinset={row.place}
              aria-setsize={row.of}
              aria-selected={row.path === path}
              {...(row.kind === "folder" && { "aria-expanded": row.isOpen })}
              tabIndex={row === focusable ? 0 : -1}
              data-entry={row.path}
              className={classNames("tree-row", row.kind === "folder" && "tree-folder")}
              style={place}
              title={row.path}
              onClick={() => {
                setCurrent(row.path);
                if (row.kind === "folder") toggle(row.path, !row.isOpen);
                else onOpen(row.path);
              }}
            >
              {row.kind === "folder" ? (
                <Icon name={row.isOpen ? "down" : "right"} size={12} className="text-text-3" />
              ) : (
                <Icon name="file" size={12} className="text-text-3" />
              )}
              <span className="cut flex-1">
                {row.name}
                {row.kind === "link" && <span className="text-text-3"> (link)</span>}
              </span>
              {status !== undefined && (
                <span className="text-11 text-you" title={changeWords[status] ?? "changed"}>
                  {status}
                  <span className="sr"> {changeWords[status] ?? "changed"}</span>
                </span>
              )}
              {row.kind === "folder" && !row.isOpen && changedFolders.has(row.path) && (
                <span className="dot" title="Something in it changed">
                  <span className="sr">something in it changed</span>
                </span>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
