/** The inbox: what needs the person at the left, the one that is open at the right, whole. */
import "./inbox.css";
import { useQueryClient } from "@tanstack/react-query";
import { Link, Navigate, useNavigate, useSearch } from "@tanstack/react-router";
import type { InboxItem } from "@tutti/core";
import { useEffect, useRef, useState } from "react";
import { openCommandBox } from "../app/command-box.tsx";
import { openNewSession } from "../app/new-session-opener.ts";
import { PersonMenu } from "../app/person-menu.tsx";
import { inboxQuery } from "../app/queries.ts";
import { LinkState, TodayCost } from "../app/status-line.tsx";
import { useWidth } from "../app/viewport.ts";
import { useClient, useIsConnected } from "../connection/use-connection.ts";
import { announce } from "../design/announce.tsx";
import { Key } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { repositoryName } from "../design/words.ts";
import { useKeys } from "../keys/keys.ts";
import { EndedAddress, EndedItem } from "../request/ended-request.tsx";
import { outcomeOf } from "../request/held-answer.ts";
import { RequestView } from "../request/request-view.tsx";
import { useDesk } from "../request/use-desk.ts";
import { findItem, itemKey } from "../request/words.ts";
import { InboxList } from "./inbox-list.tsx";
import { alikeOf, useInbox } from "./use-inbox.ts";

export function InboxScreen() {
  const { show } = useSearch({ from: "/inbox" });
  const isPhone = useWidth() === "phone";
  if (isPhone && show !== undefined)
    return <Navigate to="/a/$approval" params={{ approval: show }} replace />;
  return isPhone ? <PhoneInbox /> : <DesktopInbox />;
}

function DesktopInbox() {
  const { show, everything = false } = useSearch({ from: "/inbox" });
  const navigate = useNavigate({ from: "/inbox" });
  const desk = useDesk();
  const [held, setHeld] = useState(false);
  const list = useRef<HTMLElement>(null);
  const shown = useInbox({ held, selected: show });
  const { arranged, standings } = shown;
  const rows = arranged?.rows ?? [];
  const row =
    show === undefined ? undefined : (rows.find(({ key }) => key === show) ?? rowOfSession(rows, show));
  const clear = useClear();

  function select(key: string, focus = false): void {
    if (key !== show) desk.settle();
    void navigate({ search: (before) => ({ ...before, show: key }), replace: true });
    if (focus) focusSoon(list.current, key);
  }
  function move(step: number | "first" | "last"): void {
    const at = rows.findIndex(({ key }) => key === row?.key);
    const to =
      step === "first"
        ? 0
        : step === "last"
          ? rows.length - 1
          : Math.min(rows.length - 1, Math.max(0, at + step));
    const next = rows[to];
    if (next) select(next.key, true);
  }

  // Where the open one was, for who has to go on from there.
  const place = useRef<{ key: string; index: number }>(undefined);
  if (row) place.current = { key: row.key, index: rows.indexOf(row) };
  const isKnown = arranged !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what decides is which rows there are
  useEffect(() => {
    if (!isKnown || row) return;
    const left = show !== undefined && place.current?.key === show ? place.current : undefined;
    // An address that no row has is a request that ended; it is shown as such.
    if (show !== undefined && !left) return;
    const next = rows[Math.min(left?.index ?? 0, rows.length - 1)];
    const isHere = !document.activeElement || document.activeElement === document.body;
    if (next) select(next.key, left !== undefined && isHere);
    else if (show !== undefined) void navigate({ search: ({ show: _, ...before }) => before, replace: true });
  }, [isKnown, row?.key, show, rows[0]?.key]);

  const openSession = () => {
    if (row) void navigate({ to: "/s/$id", params: { id: row.item.root } });
  };
  const onEnter = ({ target }: KeyboardEvent) => {
    const isInList = target instanceof Element && (target === document.body || target.matches("[data-row]"));
    return row && isInList ? openSession() : false;
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    o: () => (row ? openSession() : false),
    e: () => (shown.inbox && shown.inbox.news.length > 0 ? clear() : false),
    [enter]: onEnter,
  });

  const waiting = rows.filter(({ ended }) => !ended);
  const number = row ? waiting.indexOf(row) + 1 : 0;
  return (
    <div className="inbox">
      <section className="pane inbox-left" aria-label="Inbox" ref={list}>
        <div className="bar">
          <h1>Inbox</h1>
          <span className="gap" />
          <nav className="seg" aria-label="What the list shows">
            <Link
              to="/inbox"
              search={({ everything: _, ...before }) => before}
              replace
              activeOptions={{ exact: true }}
              activeProps={{}}
              aria-current={everything ? undefined : "true"}
            >
              Needs you
            </Link>
            <Link
              to="/inbox"
              search={(before) => ({ ...before, everything: true })}
              replace
              activeOptions={{ exact: true }}
              activeProps={{}}
              aria-current={everything ? "true" : undefined}
            >
              Everything
            </Link>
          </nav>
        </div>
        <InboxList
          shown={shown}
          selected={row?.key}
          everything={everything}
          isPhone={false}
          onHold={setHeld}
          onOpen={(key) => {
            if (key !== show) desk.settle();
          }}
          onMove={move}
          onClear={clear}
        />
      </section>
      <section className="pane" aria-label="Request">
        {row && (
          <div className="bar">
            <span className="text-text-3">{repositoryName(row.item.repository)}</span>
            <span className="text-text-3">/</span>
            <span className="cut !flex-[0_1_auto] font-medium" title={row.item.title}>
              {row.item.title}
            </span>
            <span className="gap" />
            {number > 0 && (
              <span className="text-12 text-text-3">
                {number} of {waiting.length}
              </span>
            )}
            <span className="flex gap-1">
              <Key>J</Key>
              <Key>K</Key>
            </span>
            <Link to="/s/$id" params={{ id: row.item.root }} className="btn ml-[6px]">
              Open session<Key>O</Key>
            </Link>
          </div>
        )}
        {row &&
          (row.ended && outcomeOf(standings.get(row.key)) === undefined ? (
            <div className="scroll">
              <EndedItem key={row.key} item={row.item} />
            </div>
          ) : (
            <RequestView
              key={row.key}
              item={row.item}
              alike={alikeOf(row.item, shown.inbox?.items ?? [], standings)}
            />
          ))}
        {!row && isKnown && show !== undefined && place.current?.key !== show && (
          <EndedAddress key={show} approval={show} />
        )}
      </section>
    </div>
  );
}

function PhoneInbox() {
  const { everything = false } = useSearch({ from: "/inbox" });
  const shown = useInbox({ held: false, selected: undefined });
  const clear = useClear();
  return (
    <section className="pane" aria-label="Inbox">
      <header className="phone-top">
        <h1>Inbox</h1>
        <button type="button" className="tap" aria-label="Search and commands" onClick={openCommandBox}>
          <Icon name="search" size={20} />
        </button>
        <button
          type="button"
          className="tap !text-text"
          aria-label="New session"
          onClick={() => openNewSession()}
        >
          <Icon name="plus" size={20} />
        </button>
        <PersonMenu />
      </header>
      <div className="phone-link">
        <LinkState />
        <TodayCost />
      </div>
      <InboxList
        shown={shown}
        selected={undefined}
        everything={everything}
        isPhone
        onHold={() => {}}
        onOpen={() => {}}
        onMove={() => {}}
        onClear={clear}
      />
    </section>
  );
}

const enter = "Enter";

const rowOfSession = <T extends { item: InboxItem }>(rows: readonly T[], show: string): T | undefined => {
  const item = findItem(
    rows.map((one) => one.item),
    show,
  );
  return item && rows.find((one) => itemKey(one.item) === itemKey(item));
};

/** When the row is there: it may come with the next rendering. */
function focusSoon(list: HTMLElement | null, key: string): void {
  requestAnimationFrame(() =>
    list?.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`)?.focus({ preventScroll: false }),
  );
}

/** Says that the news were seen, up to the latest that is shown. */
function useClear(): () => void {
  const client = useClient();
  const queries = useQueryClient();
  const isConnected = useIsConnected();
  return () => {
    const { queryKey } = inboxQuery(client);
    const [latest] = queries.getQueryData(queryKey)?.news ?? [];
    if (!latest || !isConnected) return;
    void client
      .inboxSeen(latest.at)
      .then(() => announce("Cleared"))
      .catch(() => announce("Not cleared. The server did not answer.", "assertive"))
      .finally(() => queries.invalidateQueries({ queryKey }));
  };
}
