import { useQuery } from "@tanstack/react-query";
import type { InboxItem, SessionState } from "@tutti/core";
import { useHarnesses } from "../app/harnesses.ts";
import { hostsQuery } from "../app/queries.ts";
import { useWidth } from "../app/viewport.ts";
import { useClient } from "../connection/use-connection.ts";
import { LeadMark, Mark } from "../design/mark.tsx";

/** Who asks, on which machine, and as what. */
export function WhoAsks({ item, state }: { item: InboxItem; state: SessionState | undefined }) {
  const titleOf = useHarnesses();
  const { data: hosts = [] } = useQuery(hostsQuery(useClient()));
  const isPhone = useWidth() === "phone";
  const host = hosts.find(({ id }) => id === state?.spec.host)?.name ?? state?.spec.host;
  const on = host === undefined ? "" : isPhone ? ` on ${host}` : `, on ${host}`;
  const inside = isPhone ? `, in ${item.title}` : "";
  const harness =
    item.kind === "question" && item.subject.kind !== "merge" && item.subject.kind !== "trust"
      ? (state?.spec.harness?.harness ?? item.harnesses[0])
      : undefined;
  const role = state?.spec.role && !isPhone ? `, as ${state.spec.role}` : "";
  return (
    <p className="ask-from">
      {harness === undefined ? <LeadMark /> : <Mark harness={harness} beside />}
      <span className="min-w-0">
        {harness === undefined ? "Tutti" : titleOf(harness).title}{" "}
        {item.kind === "failed" ? "stopped" : "asks"}
        {inside}
        {on}
        {harness !== undefined && role}
      </span>
    </p>
  );
}
