/** Merges that wait for the person, and changes that were decided lately. */
import "./review.css";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { InboxItem, SessionSummary } from "@tutti/core";
import { openNewSession } from "../app/new-session-opener.ts";
import { PersonMenu } from "../app/person-menu.tsx";
import { foundSessionsQuery, inboxQuery } from "../app/queries.ts";
import { useWidth } from "../app/viewport.ts";
import { useClient } from "../connection/use-connection.ts";
import { ActivityIcon, activityWord } from "../design/activity.tsx";
import { Button } from "../design/button.tsx";
import { Mark } from "../design/mark.tsx";
import { Empty, SkeletonRows, Trouble } from "../design/screen-states.tsx";
import { Age } from "../design/time.tsx";
import { cost, counted, repositoryName, shortRef } from "../design/words.ts";
import { LineCounts } from "../items/line-counts.tsx";

/** How many that were decided are shown. */
const shownDecided = 50;

export function ReviewsScreen() {
  const client = useClient();
  const isPhone = useWidth() === "phone";
  const inbox = useQuery(inboxQuery(client));
  const closed = useQuery(foundSessionsQuery(client, { closed: "true" }));
  const waiting = (inbox.data?.items ?? []).filter(isMerge);
  const decided = (closed.data ?? []).filter(({ changes }) => changes !== null).slice(0, shownDecided);
  const error = inbox.error ?? closed.error;
  const isLoading = inbox.isPending || closed.isPending;
  return (
    <section className="pane" aria-label="Reviews" aria-busy={isLoading}>
      <div className="bar">
        <h1>Reviews</h1>
        <span className="gap" />
        {isPhone && <PersonMenu />}
      </div>
      <div className="scroll">
        {error && (
          <Trouble
            error={error}
            retry={() => {
              void inbox.refetch();
              void closed.refetch();
            }}
          />
        )}
        {isLoading && !error && <SkeletonRows rows={6} height={58} />}
        {!isLoading && !error && waiting.length + decided.length === 0 && (
          <Empty
            title="Nothing to review"
            action={
              <Button look="primary" shortcut="C" onClick={() => openNewSession()}>
                New session
              </Button>
            }
          >
            When a change passed its checks and its blind review, it waits here for you to merge it.
          </Empty>
        )}
        {waiting.length > 0 && (
          <section aria-label="Waiting for you">
            <h2 className="list-heading">
              Waiting for you<span>{waiting.length}</span>
            </h2>
            {waiting.map((item) => (
              <Waiting key={item.approval} item={item} />
            ))}
          </section>
        )}
        {decided.length > 0 && (
          <section aria-label="Decided lately">
            <h2 className="list-heading">Decided lately</h2>
            {decided.map((session) => (
              <Decided key={session.id} session={session} />
            ))}
          </section>
        )}
      </div>
    </section>
  );
}

type MergeItem = Extract<InboxItem, { kind: "question" }>;
const isMerge = (item: InboxItem): item is MergeItem =>
  item.kind === "question" && item.subject.kind === "merge";

function Waiting({ item }: { item: MergeItem }) {
  const { subject } = item;
  if (subject.kind !== "merge") return null;
  return (
    <Link
      to="/s/$id/changes"
      params={{ id: item.root }}
      search={{ task: subject.task }}
      className="review-row"
    >
      <ActivityIcon activity="waiting" label="Waiting for you" />
      <span className="cut font-medium">{item.title}</span>
      <Age at={item.at} className="text-12 text-text-3" />
      <span />
      <span className="flex min-w-0 items-center gap-2 text-12 text-text-2">
        {item.harnesses.map((harness) => (
          <Mark key={harness} harness={harness} />
        ))}
        <span className="cut">
          {repositoryName(item.repository)} into {shortRef(subject.target)}
          {subject.verdict.approved ? ", review approved" : ", not approved"}
          {subject.warnings.length > 0 && `, ${counted(subject.warnings.length, "warning")}`}
        </span>
      </span>
      <span className="text-12 text-text-3">{cost(item)}</span>
    </Link>
  );
}

function Decided({ session }: { session: SessionSummary }) {
  return (
    <Link to="/s/$id/changes" params={{ id: session.id }} search={{}} className="review-row">
      <ActivityIcon activity={session.activity} label={activityWord(session.activity)} />
      <span className="cut">{session.title}</span>
      <Age at={session.updatedAt} className="text-12 text-text-3" />
      <span />
      <span className="flex min-w-0 items-center gap-2 text-12 text-text-2">
        {session.harnesses.map((harness) => (
          <Mark key={harness} harness={harness} />
        ))}
        <span className="cut">{repositoryName(session.repository)}</span>
        {session.changes && <LineCounts {...session.changes} />}
      </span>
      <span className="text-12 text-text-3">{cost(session)}</span>
    </Link>
  );
}
