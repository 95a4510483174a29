/** A request that nobody can answer any more: who did, or why it ended. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Client } from "@tutti/client";
import type { ApprovalState, InboxItem } from "@tutti/core";
import { selfQuery } from "../app/queries.ts";
import { useClient } from "../connection/use-connection.ts";
import { Icon } from "../design/icon.tsx";
import { Empty, SkeletonRows } from "../design/screen-states.tsx";
import { AskBody } from "./ask-body.tsx";
import { useSessionState } from "./session-state.ts";
import { endedWords } from "./words.ts";

/** One that was seen before it ended: its facts stay. */
export function EndedItem({ item }: { item: InboxItem }) {
  const session = item.kind === "question" ? item.session : item.root;
  const { state } = useSessionState(session);
  const client = useClient();
  const { data: approval } = useQuery({
    queryKey: ["ended-request", session, item.kind === "question" ? item.approval : ""],
    queryFn: async () =>
      item.kind === "question" ? ((await client.session(session)).approvals[item.approval] ?? null) : null,
    staleTime: 0,
  });
  return (
    <AskBody
      item={item}
      state={state}
      ended={
        <div className="banner">
          <Icon name="policy" size={14} className="text-text-3" />
          <EndedWords approval={approval ?? undefined} />
        </div>
      }
    />
  );
}

/** One of which the address alone is known. */
export function EndedAddress({ approval: id }: { approval: string }) {
  const client = useClient();
  const { data, isPending } = useQuery({
    queryKey: ["found-request", id],
    queryFn: () => findApproval(client, id),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (isPending)
    return (
      <div className="pt-4">
        <SkeletonRows rows={3} height={44} />
      </div>
    );
  return (
    <Empty
      title="This request has ended"
      action={
        <div className="flex flex-wrap gap-2">
          <Link to="/inbox" className="btn btn-primary">
            Open the inbox
          </Link>
          {data && (
            <Link to="/s/$id" params={{ id: data.root }} className="btn">
              Open session
            </Link>
          )}
        </div>
      }
    >
      {data ? <EndedWords approval={data.approval} /> : "Nobody waits for an answer to it any more."}
    </Empty>
  );
}

function EndedWords({ approval }: { approval: ApprovalState | undefined }) {
  const { data: self } = useQuery(selfQuery(useClient()));
  return (
    <span className="min-w-0 flex-1">
      {(approval && endedWords(approval, self?.name)) ?? "This request has ended"}
    </span>
  );
}

/** Sessions that are looked through for a question, the latest first. */
const lookedThrough = 12;

async function findApproval(
  client: Client,
  id: string,
): Promise<{ approval: ApprovalState; root: string } | null> {
  const sessions = await client.sessions({ limit: lookedThrough });
  const states = await Promise.all(sessions.map((session) => client.session(session.id)));
  for (const { id: session, spec, approvals } of states) {
    const approval = approvals[id];
    if (approval) return { approval, root: spec.parent ?? session };
  }
  return null;
}
