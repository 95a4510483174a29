/** All sessions, grouped, live. */
import "./sessions.css";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { newId } from "@tutti/client";
import type { SessionSummary } from "@tutti/core";
import { type KeyboardEvent, useDeferredValue, useMemo, useRef, useState } from "react";
import { useHarnesses } from "../app/harnesses.ts";
import { openNewSession } from "../app/new-session-opener.ts";
import { PersonMenu } from "../app/person-menu.tsx";
import { foundSessionsQuery, hostsQuery, sessionsQuery } from "../app/queries.ts";
import { useWidth } from "../app/viewport.ts";
import { useClient, useIsConnected } from "../connection/use-connection.ts";
import { announce } from "../design/announce.tsx";
import { Button, Key } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { Empty, SkeletonRows, Trouble, troubleWords } from "../design/screen-states.tsx";
import { repositoryName } from "../design/words.ts";
import { useKeys } from "../keys/keys.ts";
import { choicesOf, type Filters, filtered, type Group, type Grouping, grouped, rowsOf } from "./arrange.ts";
import { FilterMenu } from "./filter-menu.tsx";
import { SessionRow } from "./session-row.tsx";

const groupingKey = "tutti.sessions.grouping";

export function SessionsScreen() {
  const client = useClient();
  const queries = useQueryClient();
  const isPhone = useWidth() === "phone";
  const isConnected = useIsConnected();
  const harnesses = useHarnesses();
  const navigate = useNavigate({ from: "/s" });
  const { search = "", archived = false } = useSearch({ from: "/s" });
  const [grouping, setGrouping] = useState<Grouping>(() =>
    localStorage.getItem(groupingKey) === "state" ? "state" : "repository",
  );
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [filters, setFilters] = useState<Filters>({});
  const [trouble, setTrouble] = useState<string>();
  const words = useDeferredValue(search.trim());
  const isPlain = words === "" && !archived;
  const open = useQuery({ ...sessionsQuery(client), enabled: isPlain });
  const found = useQuery({
    ...foundSessionsQuery(client, {
      ...(words !== "" && { search: words.slice(0, 200) }),
      closed: archived ? "true" : "false",
    }),
    enabled: !isPlain,
    placeholderData: keepPreviousData,
  });
  const { data: hosts = [] } = useQuery(hostsQuery(client));
  const { data, error, isPending, refetch } = isPlain ? open : found;
  const sessions = data ?? [];
  const choices = choicesOf(sessions);
  const list = useRef<HTMLDivElement>(null);
  const searchBox = useRef<HTMLInputElement>(null);

  const groups = useSteady(
    useMemo(() => grouped(filtered(sessions, filters), grouping), [sessions, filters, grouping]),
    list,
  );
  const rows = useMemo(() => rowsOf(groups, folded), [groups, folded]);
  const [current, setCurrent] = useState<string>();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => list.current,
    estimateSize: (at) => (rows[at]?.type === "group" ? 36 : isPhone ? 70 : 33),
    getItemKey: (at) => rows[at]?.key ?? at,
    overscan: 10,
  });

  const ids = rows.flatMap((row) => (row.type === "session" ? [row.session.id] : []));
  const tabStop = current !== undefined && ids.includes(current) ? current : ids[0];
  const focusRow = (id: string | undefined) => {
    const at = rows.findIndex(({ key }) => key === id);
    if (id === undefined || at < 0) return false;
    setCurrent(id);
    virtual.scrollToIndex(at);
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-row="${id}"]`)?.focus());
    return true;
  };
  const move = (step: number) => {
    const focused = document.activeElement?.getAttribute("data-row");
    const at = focused ? ids.indexOf(focused) : -1;
    return focusRow(ids[at < 0 ? 0 : Math.min(Math.max(at + step, 0), ids.length - 1)]);
  };
  const archive = async (session: SessionSummary) => {
    setTrouble(undefined);
    try {
      const sent = await client.command({
        ...{ id: newId("command"), session: session.id },
        command: { type: "session.close", reason: "put away by a person" },
      });
      if (!sent.ok) setTrouble(`${session.title}: ${sent.refusal.message}`);
      else announce(`Archived ${session.title}`);
      void queries.invalidateQueries({ queryKey: ["sessions"] });
    } catch (cause) {
      setTrouble(troubleWords(cause));
    }
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    "/": () => searchBox.current?.focus(),
    e: () => {
      const id = document.activeElement?.getAttribute("data-row");
      const session = sessions.find((one) => one.id === id);
      if (!session || !isConnected || session.status === "closed") return false;
      void archive(session);
      return true;
    },
  });
  const onListKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || !(event.target instanceof HTMLElement) || !event.target.dataset.row) return;
    event.preventDefault();
    move(step);
  };
  const setSearch = (text: string) =>
    void navigate({
      search: ({ search: _, ...before }) => (text === "" ? before : { ...before, search: text }),
      replace: true,
    });
  const group = (by: Grouping) => {
    localStorage.setItem(groupingKey, by);
    setGrouping(by);
  };
  const nameOfHost = (id: string) => hosts.find((host) => host.id === id)?.name ?? id;
  const isNarrowed = words !== "" || Object.keys(filters).length > 0;

  return (
    <section className="pane" aria-label="Sessions" aria-busy={isPending}>
      <div className="bar">
        <h1>Sessions</h1>
        <span className="gap" />
        <fieldset className="seg" aria-label="Grouped by">
          <button type="button" aria-pressed={grouping === "repository"} onClick={() => group("repository")}>
            Project
          </button>
          <button type="button" aria-pressed={grouping === "state"} onClick={() => group("state")}>
            State
          </button>
        </fieldset>
        {!isPhone && (
          <Button look="primary" shortcut="C" onClick={() => openNewSession()}>
            New session
          </Button>
        )}
        {isPhone && <PersonMenu />}
      </div>
      <div className="sessions-tools">
        <label className="sessions-search">
          <Icon name="search" size={14} className="text-text-3" />
          <input
            ref={searchBox}
            type="search"
            className="field"
            aria-label="Search titles, repositories and everything that was said"
            placeholder="Search titles and everything that was said"
            value={search}
            onChange={({ target }) => setSearch(target.value)}
            onKeyDown={(event) => {
              if (event.nativeEvent.isComposing) return;
              if (event.key === "Escape") {
                if (search !== "") setSearch("");
                else event.currentTarget.blur();
                event.stopPropagation();
              } else if (event.key === "ArrowDown" || event.key === "Enter") {
                event.preventDefault();
                focusRow(ids[0]);
              }
            }}
          />
          {!isPhone && search === "" && <Key>/</Key>}
        </label>
        <FilterMenu
          title="Project"
          all="All projects"
          values={choices.repositories}
          value={filters.repository}
          nameOf={repositoryName}
          onChoose={(repository) => setFilters(changed(filters, { repository }))}
        />
        <FilterMenu
          title="Host"
          all="All hosts"
          values={choices.hosts}
          value={filters.host}
          nameOf={nameOfHost}
          onChoose={(host) => setFilters(changed(filters, { host }))}
        />
        <FilterMenu
          title="Agent"
          all="All agents"
          values={choices.harnesses}
          value={filters.harness}
          nameOf={(id) => harnesses(id).title}
          onChoose={(harness) => setFilters(changed(filters, { harness }))}
        />
        <Button
          size="small"
          aria-pressed={archived}
          onClick={() =>
            void navigate({
              search: ({ archived: _, ...before }) => (archived ? before : { ...before, archived: true }),
              replace: true,
            })
          }
        >
          Archived
        </Button>
      </div>
      {trouble !== undefined && <Trouble error={new Error(trouble)} />}
      {error ? (
        <Trouble error={error} retry={() => void refetch()} />
      ) : isPending ? (
        <SkeletonRows rows={10} height={isPhone ? 70 : 33} />
      ) : rows.length === 0 ? (
        isNarrowed || archived ? (
          <Empty title={archived && !isNarrowed ? "Nothing is archived" : "No session matches"}>
            {words === ""
              ? "Sessions that are over stand here."
              : "Other words, or fewer filters, may find it."}
          </Empty>
        ) : (
          <Empty
            title="No sessions yet"
            action={
              <Button look="primary" shortcut="C" onClick={() => openNewSession()}>
                Start a session
              </Button>
            }
          >
            What you start here or with <code>tutti run</code> stands here, live.
          </Empty>
        )
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: arrows move between the links in it
        <div ref={list} className="scroll sessions-list" onKeyDown={onListKey}>
          <ul aria-label="Sessions" className="relative" style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map(({ index, key, start }) => {
              const row = rows[index];
              if (!row) return null;
              return (
                <li
                  key={key}
                  ref={virtual.measureElement}
                  data-index={index}
                  className="absolute inset-x-0 top-0"
                  style={{ transform: `translateY(${start}px)` }}
                >
                  {row.type === "group" ? (
                    <GroupHead
                      group={row.group}
                      isOpen={row.isOpen}
                      onToggle={() => setFolded(toggled(folded, row.group.key))}
                    />
                  ) : (
                    <SessionRow
                      session={row.session}
                      isPhone={isPhone}
                      isTabStop={row.session.id === tabStop}
                      onArchive={() => void archive(row.session)}
                    />
                  )}
                </li>
              );
            })}
          </ul>
        </div>
      )}
    </section>
  );
}

function GroupHead({ group, isOpen, onToggle }: { group: Group; isOpen: boolean; onToggle(): void }) {
  return (
    <h2 className="sessions-group" title={group.key}>
      <button type="button" aria-expanded={isOpen} onClick={onToggle}>
        <Icon name={isOpen ? "down" : "right"} size={12} className="text-text-3" />
        {group.title}
        <span>{group.sessions.length}</span>
      </button>
    </h2>
  );
}

/** Filters with one of them changed; undefined takes it away. */
const changed = (filters: Filters, change: { [K in keyof Filters]: Filters[K] | undefined }): Filters =>
  Object.fromEntries(Object.entries({ ...filters, ...change }).filter(([, value]) => value !== undefined));

function toggled(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** While the pointer is over the list, sessions keep their places: their rows change, no row moves. */
function useSteady(groups: Group[], list: React.RefObject<HTMLDivElement | null>): Group[] {
  const kept = useRef(groups);
  const isOver = list.current?.matches(":hover") === true;
  const isSame = idsOf(kept.current) === idsOf(groups);
  if (isOver && !isSame && sortedIdsOf(kept.current) === sortedIdsOf(groups)) {
    const latest = new Map(groups.flatMap(({ sessions }) => sessions.map((one) => [one.id, one])));
    return kept.current.map((group) => ({
      ...group,
      sessions: group.sessions.map((one) => latest.get(one.id) ?? one),
    }));
  }
  kept.current = groups;
  return groups;
}

const idsIn = (groups: readonly Group[]) => groups.flatMap(({ sessions }) => sessions.map(({ id }) => id));
const idsOf = (groups: readonly Group[]) => idsIn(groups).join();
const sortedIdsOf = (groups: readonly Group[]) => idsIn(groups).toSorted().join();
