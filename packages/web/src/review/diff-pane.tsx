import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { newId } from "@tutti/client";
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type Ref,
  type RefObject,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { useIsConnected } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { SkeletonRows, Trouble } from "../design/screen-states.tsx";
import { CommentForm, CommentThread } from "./comment-thread.tsx";
import { DiffRows } from "./diff-rows.tsx";
import { FileHead } from "./file-head.tsx";
import { FindingThread } from "./finding-thread.tsx";
import { guessedHeight, type Item } from "./items.ts";
import type { DrawingChoice } from "./kept.ts";
import type { LineSpot, Side } from "./line-spot.ts";
import { useItems } from "./use-items.ts";
import type { Reading } from "./use-reading.ts";

/** What others may ask of the diff. */
export interface DiffHandle {
  toFile(path: string): void;
  toFinding(id: string): void;
  toLine(spot: LineSpot): void;
  /** Opens or folds a file. */
  setOpen(path: string, open: boolean): void;
  /** Begins a note at the line that has the focus; false when none has. */
  noteHere(): boolean;
}

/** The change as one list of files and lines. Only what is near the screen is drawn, and read from the machine. */
export function DiffPane({
  reading,
  choice,
  isSplit,
  only,
  onFile,
  handle,
}: {
  reading: Reading;
  choice: DrawingChoice;
  isSplit: boolean;
  /** Only this file, on a phone. */
  only?: string;
  /** Told which file is at the top. */
  onFile(path: string): void;
  handle: Ref<DiffHandle>;
}) {
  const { files: all, patches, view, drafts, trouble, isViewed, setViewed } = reading;
  const files = useMemo(
    () => (only === undefined ? all : all?.filter(({ path }) => path === only)),
    [all, only],
  );
  useSyncExternalStore(patches.subscribe, patches.revision);
  const isConnected = useIsConnected();

  const [picked, setPicked] = useState<LineSpot>();
  const [draft, setDraft] = useState<{ spot: LineSpot; id: string }>();
  const [draftText, setDraftText] = useState("");
  const [opened, setOpened] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [asked, setAsked] = useState<ReadonlySet<string>>(new Set());

  const { items, longest } = useItems({
    ...{
      reading,
      files: files ?? [],
      isSplit,
      choice,
      opened,
      asked,
      draft: draft?.spot,
      isAlone: only !== undefined,
    },
  });

  const scroller = useRef<HTMLDivElement>(null);
  const starts = useMemo(() => items.flatMap(({ type }, index) => (type === "file" ? [index] : [])), [items]);
  const draftAt = draft ? items.findIndex(({ type }) => type === "draft") : -1;
  const sticky = useRef(-1);
  const rangeExtractor = useCallback(
    (range: Range) => {
      sticky.current = starts.findLast((start) => start <= range.startIndex) ?? -1;
      const wanted = new Set(defaultRangeExtractor(range));
      if (sticky.current >= 0) wanted.add(sticky.current);
      // What is typed and has the focus stays in the page.
      if (draftAt >= 0) wanted.add(draftAt);
      return [...wanted].sort((a, b) => a - b);
    },
    [starts, draftAt],
  );
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (items[index] ? guessedHeight(items[index]) : 0),
    getItemKey: (index) => items[index]?.key ?? index,
    overscan: 4,
    rangeExtractor,
  });
  useAnchor(scroller, items, virtual);

  // What is on the screen or soon will be is read: some files onwards, none backwards.
  const drawn = virtual.getVirtualItems();
  const firstPath = pathAt(items, virtual.range?.startIndex);
  useEffect(() => {
    if (!files || files.length === 0) return;
    const shown = new Set(
      drawn.map(({ index }) => items[index]).flatMap((item) => (item?.type === "waiting" ? [item.path] : [])),
    );
    if (shown.size === 0) return;
    const last = files.findLastIndex(({ path }) => shown.has(path));
    for (const file of files.slice(last + 1, last + 11)) shown.add(file.path);
    const isOpen = (path: string) => items.some((item) => item.type === "waiting" && item.path === path);
    patches.want([...shown].filter(isOpen));
  }, [drawn, files, items, patches]);
  useEffect(() => {
    if (firstPath !== undefined) onFile(firstPath);
  }, [firstPath, onFile]);

  const setOpen = useCallback(
    (path: string, open: boolean) => setOpened((before) => new Map(before).set(path, open)),
    [],
  );
  const begin = useCallback((spot: LineSpot, text = "", id = newId("note")) => {
    setDraft({ spot, id });
    setDraftText(text);
    setPicked(spot);
  }, []);
  const end = useCallback(() => {
    setDraft(undefined);
    setPicked(undefined);
    scroller.current?.focus({ preventScroll: true });
  }, []);
  const scrollTo = useCallback(
    (found: (item: Item) => boolean, align: "start" | "center") => {
      const index = items.findIndex(found);
      if (index >= 0) virtual.scrollToIndex(index, { align });
      return index >= 0;
    },
    [items, virtual],
  );
  useImperativeHandle(handle, () => ({
    setOpen,
    toFile: (path) => void scrollTo((item) => item.type === "file" && item.path === path, "start"),
    toFinding: (id) => void scrollTo((item) => item.type === "finding" && item.finding.id === id, "center"),
    toLine: ({ path, side, from }) =>
      void (
        scrollTo(
          (item) =>
            item.type === "comment" &&
            item.path === path &&
            item.comment.from === from &&
            item.comment.side === side,
          "center",
        ) || scrollTo((item) => item.type === "file" && item.path === path, "start")
      ),
    noteHere() {
      const spot = spotOf(document.activeElement);
      if (!spot) return false;
      begin(picked && picked.path === spot.path && picked.side === spot.side ? picked : spot);
      return true;
    },
  }));

  const pick = (spot: LineSpot, isRange: boolean): LineSpot => {
    const anchor = picked?.path === spot.path && picked.side === spot.side ? picked : undefined;
    const next =
      isRange && anchor
        ? { ...spot, from: Math.min(anchor.from, spot.from), to: Math.max(anchor.to, spot.to) }
        : spot;
    setPicked(next);
    return next;
  };
  const onClick = (event: MouseEvent) => {
    const spot = spotOf(event.target);
    if (spot) begin(pick(spot, event.shiftKey));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const here = scroller.current;
    const isLine = spotOf(event.target) !== undefined;
    if (!here || (event.target !== here && !isLine) || event.altKey || event.metaKey || event.ctrlKey) return;
    const next = isLine ? lineBeside(here, event.target, event.key === "ArrowDown") : firstLine(here);
    const spot = spotOf(next);
    if (!next || !spot) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    pick(spot, event.shiftKey);
  };

  if (!files)
    return trouble ? (
      <div className="scroll">
        <Trouble error={trouble} retry={reading.retry} />
      </div>
    ) : (
      <div className="scroll pt-2">
        <SkeletonRows rows={12} height={20} />
      </div>
    );
  if (files.length === 0)
    return <p className="px-4 py-6 text-text-2">No file differs between these two commits.</p>;

  const width = choice.wrap ? undefined : `max(100%, calc(${longest}ch + 130px))`;
  return (
    <div
      ref={scroller}
      className={`scroll diff-scroll outline-none ${choice.wrap ? "" : "diff-nowrap"}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys lead to its lines from here
      tabIndex={0}
      role="region"
      aria-label="Lines of the change"
      onKeyDown={onKeyDown}
    >
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: what is pressed in it are buttons */}
      <div
        role="table"
        aria-label={view.title}
        className="relative font-mono text-12 [font-variant-ligatures:none]"
        style={{ height: virtual.getTotalSize(), ...(width && { width }) }}
        onClick={onClick}
      >
        {drawn.map(({ index, key, start }) => {
          const item = items[index];
          if (!item) return null;
          const isSticky = index === sticky.current;
          return (
            <div
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              role="presentation"
              className={isSticky ? "sticky top-0 z-10" : "absolute inset-x-0 top-0"}
              style={isSticky ? undefined : { transform: `translateY(${start}px)` }}
            >
              <DrawnItem
                item={item}
                reading={reading}
                isSplit={isSplit}
                isConnected={isConnected}
                picked={picked?.path === item.path ? picked : undefined}
                draftText={draftText}
                onDraftText={setDraftText}
                onKeep={() => {
                  if (draft && draftText.trim() !== "") {
                    drafts.put({ id: draft.id, ...draft.spot, text: draftText.trim() });
                    end();
                  }
                }}
                onCancel={end}
                onBegin={begin}
                onOpen={setOpen}
                onAsk={(path) => {
                  setAsked(new Set([...asked, path]));
                  patches.want([path]);
                }}
                isViewed={isViewed(item.path)}
                onViewed={(viewed) => {
                  setViewed(item.path, viewed);
                  setOpen(item.path, !viewed);
                }}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface DrawnItemProps {
  item: Item;
  reading: Reading;
  isSplit: boolean;
  isConnected: boolean;
  picked: LineSpot | undefined;
  draftText: string;
  onDraftText(text: string): void;
  onKeep(): void;
  onCancel(): void;
  onBegin(spot: LineSpot, text?: string, id?: string): void;
  onOpen(path: string, open: boolean): void;
  onAsk(path: string): void;
  isViewed: boolean;
  onViewed(viewed: boolean): void;
}

function DrawnItem(props: DrawnItemProps) {
  const { item, reading, isSplit, picked } = props;
  switch (item.type) {
    case "file":
      return <FileHead {...props} file={item.file} isOpen={item.isOpen} />;
    case "hunk":
      return (
        <RowOf>
          <span className={item.isFirst ? "diff-heading" : "diff-heading diff-heading-next"}>
            {isSplit ? "" : <span className="inline-block w-[102px]" />}@@ {item.heading}
          </span>
        </RowOf>
      );
    case "rows":
      return (
        <DiffRows
          path={item.path}
          rows={item.rows}
          isFirst={item.isFirst}
          isLast={item.isLast}
          isSplit={isSplit}
          picked={picked}
        />
      );
    case "finding":
      return (
        <RowOf>
          <FindingThread
            finding={item.finding}
            reading={reading}
            isPlaced={item.isPlaced}
            onReply={() => props.onBegin(item.spot)}
          />
        </RowOf>
      );
    case "comment": {
      const { comment } = item;
      const { id, text, ...spot } = comment;
      return (
        <RowOf>
          <CommentThread
            comment={comment}
            onEdit={() => {
              reading.drafts.drop(id);
              props.onBegin(spot, text, id);
            }}
            onDrop={() => reading.drafts.drop(id)}
          />
        </RowOf>
      );
    }
    case "draft":
      return (
        <RowOf>
          <CommentForm
            spot={item.spot}
            text={props.draftText}
            onText={props.onDraftText}
            onKeep={props.onKeep}
            onCancel={props.onCancel}
          />
        </RowOf>
      );
    case "notice":
      return (
        <RowOf>
          <span className="flex min-h-10 items-center gap-2 px-4 py-1 font-sans text-13 text-text-2">
            {item.notice.words}
            {item.notice.kind === "long" && (
              <Button size="small" onClick={() => props.onAsk(item.path)}>
                Show
              </Button>
            )}
            {item.notice.kind === "failed" && (
              <Button
                size="small"
                disabled={!props.isConnected}
                onClick={() => reading.patches.retry(item.path)}
              >
                Try again
              </Button>
            )}
          </span>
        </RowOf>
      );
    case "waiting":
      return (
        <RowOf>
          <span className="block pt-1" style={{ height: guessedHeight(item) }}>
            <span className="sr">Its lines are on their way</span>
            <SkeletonRows rows={Math.min(item.lines, 8)} height={20} />
          </span>
        </RowOf>
      );
  }
}

/** What stands between the lines, as a row of the same table. */
function RowOf({ children }: { children: ReactNode }) {
  return (
    <div role="row">
      <div role="cell">{children}</div>
    </div>
  );
}

function spotOf(target: EventTarget | null | undefined): LineSpot | undefined {
  if (!(target instanceof HTMLElement)) return undefined;
  const { side, line } = target.dataset;
  const path = target.closest<HTMLElement>("[data-path]")?.dataset.path;
  if (!path || !line || (side !== "before" && side !== "after")) return undefined;
  return { path, side: side satisfies Side, from: Number(line), to: Number(line) };
}

const linesIn = (scroller: HTMLElement) => [...scroller.querySelectorAll<HTMLElement>("button[data-line]")];

function lineBeside(scroller: HTMLElement, from: EventTarget, isDown: boolean): HTMLElement | undefined {
  if (!(from instanceof HTMLElement)) return undefined;
  const lines = linesIn(scroller).filter(({ dataset }) => isSameColumn(from, dataset));
  const at = lines.indexOf(from);
  return lines[at + (isDown ? 1 : -1)];
}

/** In two columns the arrows stay in theirs; in one there is no other. */
const isSameColumn = (from: HTMLElement, { side }: DOMStringMap): boolean =>
  from.closest(".diff-pair") === null || from.dataset.side === side;

function firstLine(scroller: HTMLElement): HTMLElement | undefined {
  const { top } = scroller.getBoundingClientRect();
  return linesIn(scroller).find((line) => line.getBoundingClientRect().top >= top + 36);
}

const pathAt = (items: readonly Item[], index: number | undefined): string | undefined =>
  index === undefined ? undefined : items[index]?.path;

/** Keeps what is at the top of the screen where it is, when lines come or go above it. */
function useAnchor(
  scroller: RefObject<HTMLDivElement | null>,
  items: readonly Item[],
  virtual: ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>,
): void {
  const before = useRef<{ items: readonly Item[]; keys: { key: string; path: string; start: number }[] }>({
    ...{ items, keys: [] },
  });
  useLayoutEffect(() => {
    const element = scroller.current;
    const last = before.current;
    if (element && last.items !== items && element.scrollTop > 0) {
      const at = element.scrollTop;
      const top = last.keys.findLast(({ start }) => start <= at);
      const index = top ? items.findIndex(({ key }) => key === top.key) : -1;
      const head = top && index === -1 ? items.findIndex(({ key }) => key === `file ${top.path}`) : -1;
      const found = index === -1 ? head : index;
      const start = virtual.measurementsCache[found]?.start;
      const old = index === -1 ? last.keys.find(({ key }) => key === `file ${top?.path}`)?.start : top?.start;
      if (start !== undefined && old !== undefined && start !== old) element.scrollTop = at + start - old;
    }
  }, [items, scroller, virtual]);
  useEffect(() => {
    const cache = virtual.measurementsCache;
    const { startIndex = 0 } = virtual.range ?? {};
    const from = Math.max(
      0,
      items.findLastIndex((item, index) => index <= startIndex && item.type === "file"),
    );
    before.current = {
      items,
      keys: items
        .slice(from, startIndex + 3)
        .map(({ key, path }, offset) => ({ key, path, start: cache[from + offset]?.start ?? 0 })),
    };
  });
}
