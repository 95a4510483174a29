import type { Context } from "hono";
import type { ApiEnv } from "./endpoint.ts";
import { problem } from "./problem.ts";

/** Where a stream goes on: after what the watcher saw last, if it says so, else after what it asked for. */
export function cursorOf<After extends number | undefined>(
  context: Context<ApiEnv>,
  after: After,
): { ok: true; after: After | number } | { ok: false; problem: Response } {
  const last = context.req.header("last-event-id");
  if (last === undefined || last === "") return { ok: true, after };
  const seen = Number(last);
  if (/^\d{1,16}$/.test(last) && Number.isSafeInteger(seen)) return { ok: true, after: seen };
  const detail = "Last-Event-ID is the id of an event of this stream: a whole number";
  return { ok: false, problem: problem("invalid", detail, { field: "Last-Event-ID" }) };
}
