/** The last line of the window: the link, what needs you, what works, what today cost. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { dollars } from "@tutti/core";
import { useClient, useLink } from "../connection/use-connection.ts";
import { Key } from "../design/button.tsx";
import { clock } from "../design/words.ts";
import { openKeys } from "./keys-dialog.tsx";
import { useNeeds, useToday } from "./needs.ts";
import { hostsQuery } from "./queries.ts";

export function StatusLine() {
  const { needYou, working, parked } = useNeeds();
  return (
    <footer className="status-line">
      <LinkState />
      {needYou !== undefined && <span>{needYou} need you</span>}
      <span>{working} working</span>
      {parked > 0 && <span>{parked} parked</span>}
      <span className="gap" />
      <TodayCost />
      <span>
        <button type="button" className="flex items-center gap-[6px]" onClick={openKeys}>
          <Key>?</Key>Keys
        </button>
      </span>
    </footer>
  );
}

/** `studio, connected`. */
export function LinkState() {
  const link = useLink();
  const { data: hosts = [] } = useQuery(hostsQuery(useClient()));
  const names = hosts.filter(({ connected }) => connected).map(({ name }) => name);
  const name = names.length > 1 ? `${names.length} hosts` : (names[0] ?? "no host");
  if (link.state === "connected")
    return (
      <span>
        <i className={names.length > 0 ? "dot" : "dot dot-hollow"} />
        {name}, connected
      </span>
    );
  return (
    <span>
      <i className="dot dot-hollow" />
      {link.state === "lost"
        ? `no connection since ${clock(new Date(link.since).toISOString())}`
        : "connecting"}
    </span>
  );
}

export function TodayCost() {
  const today = useToday();
  if (!today) return <span />;
  const { usd, limit } = today;
  return (
    <span>
      <Link to="/cost" className="flex items-center gap-[6px]">
        Today {dollars(usd)}
        {limit !== undefined && (
          <>
            {" "}
            of {dollars(limit)}
            <span className="meter" aria-hidden="true">
              <i style={{ width: `${Math.min(100, (100 * usd) / limit)}%` }} />
            </span>
          </>
        )}
      </Link>
    </span>
  );
}
