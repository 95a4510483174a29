import type { SessionSummary } from "@tutti/core";
import { sql } from "kysely";
import type { Database } from "../database/pool.ts";
import { searchQuery } from "../projections/search-words.ts";
import { withChildren } from "./with-children.ts";

export interface ListOptions {
  /** Children of this session; `""` for root sessions; all when undefined. */
  parent?: string | undefined;
  host?: string | undefined;
  active?: boolean | undefined;
  closed?: boolean | undefined;
  /** Words of the title, the repository or the transcript; of root sessions also of their children's transcripts. */
  search?: string | undefined;
  limit: number;
}

/** Sessions, the latest first. */
export async function listSessions(
  { kysely }: Database,
  { parent, host, active, closed, search, limit }: ListOptions,
): Promise<SessionSummary[]> {
  let query = kysely
    .selectFrom("session_summaries")
    .selectAll()
    .orderBy("created_at", "desc")
    .orderBy("id")
    .limit(limit);
  if (parent !== undefined)
    query = parent === "" ? query.where("parent", "is", null) : query.where("parent", "=", parent);
  if (host !== undefined) query = query.where("host", "=", host);
  if (active !== undefined) query = query.where("active", "=", active);
  if (closed !== undefined) query = query.where("status", closed ? "=" : "!=", "closed");
  if (search !== undefined) {
    // The database's texts have no NUL.
    const text = search.replaceAll("\0", "\ufffd");
    const holds = (column: "title" | "repository") =>
      sql<boolean>`strpos(lower(${sql.ref(column)}), lower(${text})) > 0`;
    const words = searchQuery(search);
    const said = kysely
      .selectFrom("transcripts")
      .select(parent === "" ? "root as id" : "session as id")
      .where(sql<boolean>`words @@ ${words}::tsquery`);
    query = query.where((where) =>
      where.or([
        holds("title"),
        holds("repository"),
        ...(words === undefined ? [] : [where("id", "in", said)]),
      ]),
    );
  }
  return withChildren(kysely, await query.execute());
}
