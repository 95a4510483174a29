/** The list: what needs the person, what came to rest since they looked, and on demand what did before. */
import { Link } from "@tanstack/react-router";
import type { Inbox } from "@tutti/core";
import { type KeyboardEvent, useRef } from "react";
import { useNeeds } from "../app/needs.ts";
import { openNewSession } from "../app/new-session-opener.ts";
import { useIsConnected } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { Empty, SkeletonRows, Trouble } from "../design/screen-states.tsx";
import { counted } from "../design/words.ts";
import { InboxRow } from "./inbox-row.tsx";
import { RestRow } from "./rest-row.tsx";
import { type ShownInbox, useEarlier } from "./use-inbox.ts";

/** Sessions at rest that the list shows. */
const earlierShown = 200;

export function InboxList({
  shown: { inbox, error, refetch, arranged, standings },
  selected,
  everything,
  isPhone,
  onHold,
  onOpen,
  onMove,
  onClear,
}: {
  shown: ShownInbox;
  selected: string | undefined;
  everything: boolean;
  isPhone: boolean;
  /** The pointer came over the list, or left it. */
  onHold(held: boolean): void;
  onOpen(key: string): void;
  onMove(step: number | "first" | "last"): void;
  onClear(): void;
}) {
  const isConnected = useIsConnected();
  const earlier = useEarlier(inbox, everything);
  const list = useRef<HTMLDivElement>(null);
  const rows = arranged?.rows ?? [];
  const tabStop = rows.some(({ key }) => key === selected) ? selected : rows[0]?.key;
  const onKeyDown = (event: KeyboardEvent) => {
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onMove(step);
  };
  return (
    <div className="scroll inbox-list" ref={list}>
      {error !== null && error !== undefined && <Trouble error={error} retry={refetch} />}
      {!arranged && !error && (
        <div className="pt-9">
          <SkeletonRows rows={4} height={isPhone ? 70 : 60} />
        </div>
      )}
      {arranged && rows.length === 0 && <NothingNeedsYou />}
      {arranged && rows.length > 0 && (
        <section aria-label="Needs you">
          <h2>
            {isPhone ? "Needs you" : "Most held up first"}
            {arranged.waiting > 0 && (
              <button type="button" className="list-link" onClick={() => onHold(false)}>
                {arranged.waiting} new
              </button>
            )}
          </h2>
          <ul
            onKeyDown={isPhone ? undefined : onKeyDown}
            onPointerEnter={({ pointerType }) => pointerType === "mouse" && onHold(true)}
            onPointerLeave={({ pointerType }) => pointerType === "mouse" && onHold(false)}
          >
            {rows.map((row) => (
              <InboxRow
                key={row.key}
                row={row}
                standing={standings.get(row.key)}
                isPhone={isPhone}
                isCurrent={!isPhone && row.key === selected}
                isTabStop={isPhone || row.key === tabStop}
                onOpen={() => onOpen(row.key)}
              />
            ))}
          </ul>
        </section>
      )}
      {inbox && inbox.news.length > 0 && (
        <section aria-label="Since you last looked" className="list-section">
          <h2>
            Since you last looked
            <button
              type="button"
              className="list-link"
              disabled={!isConnected}
              title={isConnected ? "Clear (E)" : "No connection"}
              onClick={onClear}
            >
              Clear
            </button>
          </h2>
          <Rest of={inbox.news} />
        </section>
      )}
      {earlier.length > 0 && (
        <section aria-label="Earlier" className="list-section">
          <h2>Earlier</h2>
          <Rest
            of={earlier.slice(0, earlierShown).map(({ id, updatedAt, ...session }) => ({
              ...session,
              root: id,
              at: updatedAt,
            }))}
          />
          {earlier.length > earlierShown && (
            <Link to="/s" className="list-more">
              {counted(earlier.length - earlierShown, "more session")}
            </Link>
          )}
        </section>
      )}
      {isPhone && arranged && (
        <Link
          to="/inbox"
          search={everything ? {} : { everything: true }}
          replace
          className="list-more"
          activeOptions={{ exact: true }}
          activeProps={{}}
        >
          {everything ? "Show only what is new" : "Show everything"}
        </Link>
      )}
    </div>
  );
}

const steps: Partial<Record<string, number | "first" | "last">> = {
  ArrowDown: 1,
  ArrowUp: -1,
  Home: "first",
  End: "last",
};

function Rest({ of: news }: { of: readonly Omit<Inbox["news"][number], "repository" | "harnesses">[] }) {
  return (
    <ul>
      {news.map((one) => (
        <RestRow key={one.root} news={one} />
      ))}
    </ul>
  );
}

function NothingNeedsYou() {
  const { working } = useNeeds();
  return (
    <Empty
      title="Nothing needs you"
      action={
        working === 0 && (
          <Button look="primary" shortcut="C" onClick={() => openNewSession()}>
            Start a session
          </Button>
        )
      }
    >
      {working > 0 && `${counted(working, "agent")} ${working === 1 ? "is" : "are"} working. `}
      The next thing that needs you appears here and on your phone.
    </Empty>
  );
}
