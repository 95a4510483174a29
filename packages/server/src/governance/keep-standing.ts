import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Actor, CommandEnvelope, PolicyUse, Scope } from "@tutti/core";
import { sql } from "kysely";
import type { Database } from "../database/pool.ts";
import { toJsonb } from "../database/schema.ts";
import type { PolicyFiles } from "./policy-files.ts";

export interface KeepStandingParts {
  files: PolicyFiles;
  database: Database;
  dispatch(envelope: CommandEnvelope, actor: Actor, scope: Scope): Promise<unknown>;
  log(message: string, error?: unknown): void;
}

const by = { kind: "orchestration", name: "standing-rules" } as const;
/** How often the files are looked at. */
const lookMs = 2_000;

/**
 * Keeps the server's rules in open sessions as the person's files say: once before this resolves, and whenever the files
 * change. Files that are broken change nothing. The answer ends it, and resolves when nothing is under way.
 */
export async function keepStanding(parts: KeepStandingParts): Promise<() => Promise<void>> {
  const { files, log } = parts;
  let told = "";
  let renewed: readonly PolicyUse[] | undefined;
  const renew = async () => {
    const now = files.problems.join("; ");
    if (now !== told && now !== "") log(`the policy files are broken, so no session begins: ${now}`);
    told = now;
    if (!files.wereSound || isDeepStrictEqual(renewed, files.standing)) return;
    const { standing } = files;
    const count = await renewStanding(parts, standing);
    if (count > 0) log(`${count} open sessions have the server's rules as they are now`);
    renewed = standing;
  };
  await renew();
  let under: Promise<void> | undefined;
  const timer = setInterval(() => {
    under ??= files
      .refresh()
      .then(renew)
      .catch((error: unknown) => log("the server's rules did not reach every session; they will", error))
      .finally(() => {
        under = undefined;
      });
  }, lookMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await under;
  };
}

/** Puts rules into the open sessions that have others; answers how many. Rejects on a fault of the database. */
async function renewStanding(
  { database, dispatch }: Pick<KeepStandingParts, "database" | "dispatch">,
  standing: readonly PolicyUse[],
): Promise<number> {
  const differing = await database.kysely
    .selectFrom("sessions")
    .select("id")
    .where(sql<boolean>`state->'state'->>'closed' is null`)
    .where(
      sql<boolean>`jsonb_path_query_array(state->'state'->'policies', '$[*] ? (@.level == "server")')
        is distinct from ${toJsonb([...standing])}::jsonb`,
    )
    .execute();
  for (const { id } of differing) {
    const command = { type: "policies.set" as const, level: "server" as const, uses: [...standing] };
    await dispatch({ id: `standing-${randomUUID()}`, session: id, command }, by, "orchestration");
  }
  return differing.length;
}
