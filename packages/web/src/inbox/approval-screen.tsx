/** One request as a page: the target of a message to a phone. Where there is room, it opens beside the inbox's list. */
import "./inbox.css";
import { Link, Navigate, useNavigate, useParams } from "@tanstack/react-router";
import type { InboxItem } from "@tutti/core";
import { useEffect, useRef } from "react";
import { useWidth } from "../app/viewport.ts";
import { Icon } from "../design/icon.tsx";
import { SkeletonRows } from "../design/screen-states.tsx";
import { EndedAddress, EndedItem } from "../request/ended-request.tsx";
import { outcomeOf } from "../request/held-answer.ts";
import { RequestView } from "../request/request-view.tsx";
import { findItem, itemKey } from "../request/words.ts";
import { alikeOf, useInbox } from "./use-inbox.ts";

export function ApprovalScreen() {
  const { approval } = useParams({ from: "/a/$approval" });
  if (useWidth() !== "phone") return <Navigate to="/inbox" search={{ show: approval }} replace />;
  return <RequestPage key={approval} approval={approval} />;
}

function RequestPage({ approval }: { approval: string }) {
  const navigate = useNavigate();
  const { inbox, standings } = useInbox({ held: false, selected: undefined });
  const items = inbox?.items ?? [];
  const item = findItem(items, approval);
  // Its facts stay on the page when it ends.
  const seen = useRef<InboxItem>(undefined);
  if (item) seen.current = item;
  const shown = item ?? seen.current;
  const standing = shown && standings.get(itemKey(shown));
  const isGone = standing?.state === "gone";
  useEffect(() => {
    if (isGone) void navigate({ to: "/inbox", replace: true });
  }, [isGone, navigate]);
  const waiting = items.filter((one) => standings.get(itemKey(one))?.state !== "gone");
  const number = item ? waiting.indexOf(item) + 1 : 0;
  return (
    <section className="pane" aria-label="Request">
      <header className="page-top">
        <Link to="/inbox" className="page-back">
          <Icon name="back" size={20} />
          Inbox
        </Link>
        <h1 className="sr">Request</h1>
        {number > 0 && (
          <span className="text-14 text-text-3">
            {number} of {waiting.length}
          </span>
        )}
      </header>
      {!inbox && (
        <div className="pt-4">
          <SkeletonRows rows={4} height={44} />
        </div>
      )}
      {inbox &&
        (shown === undefined ? (
          <EndedAddress approval={approval} />
        ) : item || outcomeOf(standing) !== undefined ? (
          <RequestView item={shown} alike={alikeOf(shown, items, standings)} />
        ) : (
          <div className="scroll">
            <EndedItem item={shown} />
          </div>
        ))}
    </section>
  );
}
