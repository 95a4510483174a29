/**
 * The list of a timeline's rows: only those on the screen are in the page. It stands at its end and follows it; a person who
 * reads further up stays where they are, whatever is put before or after.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import type { Delta, SessionState } from "@tutti/core";
import {
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useReducer,
  useRef,
  useState,
} from "react";
import { useWidth } from "../app/viewport.ts";
import type { FamilyView } from "../connection/family.ts";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { counted } from "../design/words.ts";
import { entryClasses } from "../items/entry.tsx";
import { TimelineContext, type TimelineContextValue } from "../items/item.ts";
import { RowItem } from "../items/row-item.tsx";
import type { Block } from "./timeline/block.ts";
import { type Row, rowMaker, withTexts } from "./timeline/rows.ts";
import { openTimeline } from "./timeline/timeline.ts";

export interface TimelineHandle {
  /** Brings what happened at a position of the log to the top of the list; loads it first if it must. */
  show(position: number): void;
}

/** What a row takes before it was measured, by its kind. */
const heights: Partial<Record<Row["kind"], number>> = {
  words: 62,
  message: 44,
  finding: 150,
  question: 190,
  running: 70,
  fold: 28,
  call: 26,
};
const usualHeight = 36;
/** Nearer to the top than this, the page before is fetched. */
const loadAhead = 1_200;
const atEnd = 60;

export function TimelineView({
  view,
  loadEarlier,
  sessions,
  handle,
}: {
  view: FamilyView;
  loadEarlier(): Promise<void>;
  /** Only what these sessions did; everything without it. */
  sessions: ReadonlySet<string> | undefined;
  handle: Ref<TimelineHandle>;
}) {
  const scroll = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((key: string) => setOpened((before) => toggled(before, key)), []);
  const rows = useRows(view, sessions, opened);
  const isPhone = useWidth() === "phone";

  // Another function makes the virtualizer place every row anew, however many there are.
  const keyAt = useCallback((at: number) => rows[at]?.key ?? at, [rows]);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    getItemKey: keyAt,
    estimateSize: (at) => heights[rows[at]?.kind ?? "note"] ?? usualHeight,
    overscan: 8,
    paddingStart: 14,
    paddingEnd: 16,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: atEnd,
  });

  // It begins at its end, before anything is seen.
  const [isPlaced, place] = useReducer(() => true, false);
  useEffect(() => {
    virtualizer.scrollToEnd();
    place();
  }, [virtualizer]);

  const { unseen, isAway, onScroll, goToEnd } = useFollowing(rows, scroll, () => virtualizer.scrollToEnd());
  useEarlierPages(view, loadEarlier, scroll, rows.length, isPlaced);

  const wanted = useRef<number>(undefined);
  const show = useCallback(
    (position: number) => {
      const at = rows.findIndex(({ block, isFirst }) => isFirst && block.position >= position);
      const isLoaded = !view.hasEarlier || (view.events[0]?.position ?? 0) <= position;
      if (!isLoaded) {
        wanted.current = position;
        void loadEarlier();
        return;
      }
      wanted.current = undefined;
      if (at < 0) return;
      virtualizer.scrollToIndex(at, { align: "start" });
    },
    [rows, view, loadEarlier, virtualizer],
  );
  useImperativeHandle(handle, () => ({ show }), [show]);
  useEffect(() => {
    if (wanted.current !== undefined) show(wanted.current);
  }, [show]);

  const context = useTimelineContext(view, opened, toggle);
  const lastBlock = rows.at(-1)?.block;
  return (
    <div className="timeline">
      <section
        ref={scroll}
        className="scroll"
        onScroll={onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        tabIndex={0}
        aria-label="Timeline"
      >
        <TimelineContext value={context}>
          <ol
            aria-label={isPhone ? "What happened" : undefined}
            style={{ height: virtualizer.getTotalSize(), visibility: isPlaced ? undefined : "hidden" }}
          >
            {virtualizer.getVirtualItems().map(({ key, index, start }) => {
              const row = rows[index];
              if (!row) return null;
              return (
                <li
                  key={key}
                  ref={virtualizer.measureElement}
                  data-index={index}
                  className={entryClasses(row, row.block === lastBlock)}
                  style={{ transform: `translateY(${start}px)` }}
                >
                  <RowItem row={row} />
                </li>
              );
            })}
          </ol>
        </TimelineContext>
      </section>
      {isAway && (
        <div className="absolute right-0 bottom-2 left-0 grid justify-items-center">
          <Button className="shadow-pop" size="small" onClick={goToEnd}>
            <Icon name="down" size={12} />
            {unseen > 0 ? `${counted(unseen, "new step")}` : "To the end"}
          </Button>
        </div>
      )}
    </div>
  );
}

const toggled = (set: ReadonlySet<string>, key: string): ReadonlySet<string> => {
  const next = new Set(set);
  if (!next.delete(key)) next.add(key);
  return next;
};

function useRows(
  view: FamilyView,
  sessions: ReadonlySet<string> | undefined,
  opened: ReadonlySet<string>,
): readonly Row[] {
  const [timeline] = useState(openTimeline);
  const [make] = useState(rowMaker);
  return useMemo(() => {
    const isShown = (block: Block) => sessions === undefined || sessions.has(block.session);
    const rows = make(timeline.update(view), (key) => opened.has(key), isShown);
    return withTexts(rows, shownTexts(view.texts));
  }, [view, sessions, opened, timeline, make]);
}

/** Text with something in it. */
const shownTexts = (texts: ReadonlyMap<string, Delta>): ReadonlyMap<string, Delta> =>
  new Map([...texts].filter(([, { text }]) => text.trim() !== ""));

/** How many rows came while the person reads further up. */
function useFollowing(
  rows: readonly Row[],
  scroll: React.RefObject<HTMLDivElement | null>,
  toEnd: () => void,
): { unseen: number; isAway: boolean; onScroll(): void; goToEnd(): void } {
  const [isAway, setAway] = useState(false);
  const seen = useRef<string>(undefined);
  const lastKey = rows.at(-1)?.key;
  if (!isAway) seen.current = lastKey;
  const unseen = useMemo(() => {
    if (!isAway || seen.current === lastKey) return 0;
    const at = rows.findLastIndex(({ key }) => key === seen.current);
    return at < 0 ? 0 : rows.length - 1 - at;
  }, [isAway, rows, lastKey]);
  const onScroll = () => {
    const list = scroll.current;
    if (list) setAway(list.scrollHeight - list.scrollTop - list.clientHeight > atEnd);
  };
  const goToEnd = () => {
    setAway(false);
    toEnd();
  };
  return { unseen, isAway, onScroll, goToEnd };
}

/** Fetches the page before the first while its top is near, one after the other. */
function useEarlierPages(
  view: FamilyView,
  loadEarlier: () => Promise<void>,
  scroll: React.RefObject<HTMLDivElement | null>,
  rowCount: number,
  isPlaced: boolean,
): void {
  const { hasEarlier, earlier } = view;
  // biome-ignore lint/correctness/useExhaustiveDependencies: looked at again after each page and each new row
  useEffect(() => {
    const list = scroll.current;
    if (!list || !hasEarlier || !isPlaced) return;
    const look = () => {
      // A page that did not come is asked for again when the list is moved.
      if (list.scrollTop < loadAhead) loadEarlier().catch(() => {});
    };
    look();
    list.addEventListener("scroll", look, { passive: true });
    return () => list.removeEventListener("scroll", look);
  }, [hasEarlier, earlier, loadEarlier, scroll, rowCount === 0, isPlaced]);
}

function useTimelineContext(
  view: FamilyView,
  opened: ReadonlySet<string>,
  toggle: (key: string) => void,
): TimelineContextValue {
  const states = useRef(new Map<string, SessionState>());
  states.current = new Map([view.root, ...view.children].map((one) => [one.id, one]));
  const namesTasks = Object.keys(view.root.tasks).length > 1;
  const root = view.root.id;
  // What rows show of a state is told by their block's revision, but for questions: those change with the family.
  const questions = JSON.stringify(
    [view.root, ...view.children].map(({ approvals }) =>
      Object.values(approvals).map(({ answered, withdrawn }) =>
        answered || withdrawn !== undefined ? 1 : 0,
      ),
    ),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  return useMemo(
    () => ({
      root,
      session: (id) => states.current.get(id),
      namesTasks,
      isOpen: (key) => opened.has(key),
      toggle,
    }),
    [root, namesTasks, opened, toggle, questions, view.children.length],
  );
}
