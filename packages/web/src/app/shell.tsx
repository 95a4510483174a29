/** The frame around every screen: the places, what lives, and the status line; on a phone, a tab bar. */
import { Link, Outlet, useMatches, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import { useLink } from "../connection/use-connection.ts";
import { ActivityIcon, activityWord } from "../design/activity.tsx";
import { Announcer } from "../design/announce.tsx";
import { Icon } from "../design/icon.tsx";
import { type KeyMap, useKeys } from "../keys/keys.ts";
import { CommandBox, openCommandBox } from "./command-box.tsx";
import { KeysDialog, openKeys } from "./keys-dialog.tsx";
import { LinkBanner } from "./link-banner.tsx";
import { useLiveSessions, useNeeds } from "./needs.ts";
import { NewSessionDialog } from "./new-session-dialog.tsx";
import { openNewSession } from "./new-session-opener.ts";
import { footPlaces, mainPlaces, type Place } from "./places.ts";
import { StatusLine } from "./status-line.tsx";
import { useWidth } from "./viewport.ts";

export function Shell() {
  const width = useWidth();
  const { state: link } = useLink();
  const isReview = useMatches({
    select: (matches) => matches.some(({ routeId }) => routeId === "/s/$id/changes"),
  });
  const isRequest = useMatches({
    select: (matches) =>
      matches.some(({ routeId }) => routeId === "/a/$approval" || routeId.startsWith("/s/$id")),
  });
  useShellKeys();
  useTitle();
  if (width === "phone")
    return (
      <div className="frame" data-link={link}>
        <main id="main">
          <LinkBanner />
          <Outlet />
        </main>
        {isRequest ? <div /> : <TabBar />}
        <Overlays />
      </div>
    );
  const isRail = width === "rail" || isReview;
  return (
    <div className={isRail ? "frame frame-rail" : "frame"} data-link={link}>
      <a className="btn skip-link" href="#main">
        To the content
      </a>
      {isRail ? <Rail /> : <Sidebar />}
      <main id="main" tabIndex={-1} className="outline-none">
        <LinkBanner />
        <Outlet />
      </main>
      <StatusLine />
      <Overlays />
    </div>
  );
}

function Overlays() {
  return (
    <>
      <Announcer />
      <CommandBox />
      <KeysDialog />
      <NewSessionDialog />
    </>
  );
}

function Sidebar() {
  const live = useLiveSessions();
  return (
    <nav className="side" aria-label="Main">
      <div className="flex h-[44px] items-center gap-2 px-2 text-14 font-semibold tracking-[-0.01em]">
        <span className="flex flex-1 items-center gap-2">
          <Icon name="tutti" size={18} />
          Tutti
        </span>
        <button
          type="button"
          className="btn btn-ghost btn-icon btn-small"
          aria-label="Search and commands"
          onClick={openCommandBox}
        >
          <Icon name="search" />
        </button>
        <button
          type="button"
          className="btn btn-icon btn-small"
          aria-label="New session"
          onClick={() => openNewSession()}
        >
          <Icon name="plus" size={14} />
        </button>
      </div>
      <div className="nav">
        {mainPlaces.map((place) => (
          <Link key={place.to} to={place.to} activeProps={{ "aria-current": "page" }}>
            <Icon name={place.icon} />
            {place.title}
            <PlaceCount place={place} />
          </Link>
        ))}
      </div>
      <h2 className="mt-[14px] flex h-7 items-center px-2 text-12 font-medium text-text-3">
        Live
        <span className="ml-auto font-normal">Alt 1–9</span>
      </h2>
      <div className="live min-h-0 overflow-y-auto">
        {live.map(({ id, title, activity, detail }, index) => (
          <Link
            key={id}
            to="/s/$id"
            params={{ id }}
            title={`${title}: ${detail}`}
            activeProps={{ "aria-current": "page" }}
          >
            <ActivityIcon activity={activity} label={activityWord(activity)} />
            <span className="cut">{title}</span>
            <span className="font-mono text-11 text-text-3" aria-hidden="true">
              {index + 1}
            </span>
          </Link>
        ))}
      </div>
      <div className="nav mt-auto pt-2 pb-2">
        {footPlaces.map(({ to, icon, title }) => (
          <Link key={to} to={to} activeProps={{ "aria-current": "page" }}>
            <Icon name={icon} />
            {title}
          </Link>
        ))}
      </div>
    </nav>
  );
}

function PlaceCount({ place }: { place: Place }) {
  const { needYou = 0, sessions, reviews } = useNeeds();
  if (place.to === "/inbox")
    return needYou === 0 ? null : (
      <span className="count ml-auto">
        {needYou}
        <span className="sr"> need you</span>
      </span>
    );
  const count = place.to === "/s" ? sessions : place.to === "/reviews" ? reviews : 0;
  return count === 0 ? null : <span className="ml-auto text-12 font-normal text-text-3">{count}</span>;
}

function Rail() {
  const { needYou = 0 } = useNeeds();
  return (
    <nav className="side rail" aria-label="Main">
      <Link
        to="/inbox"
        aria-label="Tutti"
        className="!h-[44px] !text-text"
        activeProps={{ "aria-current": undefined }}
      >
        <Icon name="tutti" size={18} />
      </Link>
      {mainPlaces.map(({ to, icon, title }) => {
        const label = to === "/inbox" && needYou > 0 ? `${title}, ${needYou} need you` : title;
        return (
          <Link key={to} to={to} aria-label={label} title={label} activeProps={{ "aria-current": "page" }}>
            <Icon name={icon} />
            {to === "/inbox" && needYou > 0 && <span className="pip">{needYou}</span>}
          </Link>
        );
      })}
      <span className="flex-1" />
      {footPlaces.map(({ to, icon, title }) => (
        <Link key={to} to={to} aria-label={title} title={title} activeProps={{ "aria-current": "page" }}>
          <Icon name={icon} />
        </Link>
      ))}
    </nav>
  );
}

function TabBar() {
  const { needYou = 0 } = useNeeds();
  return (
    <nav className="tabs" aria-label="Main">
      {mainPlaces.map(({ to, icon, title }) => (
        <Link key={to} to={to} activeProps={{ "aria-current": "page" }}>
          <Icon name={icon} size={20} />
          {title}
          {to === "/inbox" && needYou > 0 && (
            <span className="count">
              {needYou}
              <span className="sr"> need you</span>
            </span>
          )}
        </Link>
      ))}
    </nav>
  );
}

function useShellKeys(): void {
  const navigate = useNavigate();
  const live = useLiveSessions();
  const keys: KeyMap = {
    "mod+k": openCommandBox,
    "/": openCommandBox,
    "?": openKeys,
    c: () => openNewSession(),
  };
  for (const { to, key } of [...mainPlaces, ...footPlaces]) keys[`g ${key}`] = () => navigate({ to });
  live.forEach(({ id }, index) => {
    keys[`alt+${index + 1}`] = () => navigate({ to: "/s/$id", params: { id } });
  });
  useKeys(keys);
}

/** The number of what needs the person stands in the tab's title, too. */
function useTitle(): void {
  const { needYou = 0 } = useNeeds();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const place = [...mainPlaces, ...footPlaces].find(({ to }) => path === to);
  const name = place ? `${place.title} · Tutti` : "Tutti";
  useEffect(() => {
    document.title = needYou > 0 ? `(${needYou}) ${name}` : name;
  }, [needYou, name]);
}
