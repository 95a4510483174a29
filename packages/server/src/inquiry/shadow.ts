/** What rules that only report would have done, as decisions in the log have it. */
import { type InquiryExample, type ShadowReport, upcast } from "@tutti/core";
import { type Kysely, sql } from "kysely";
import type { Schema } from "../database/schema.ts";
import { whatOf } from "./ask.ts";

const pageSize = 500;
const examplesLimit = 3;

/** Reads a page at a time; what is kept grows with the number of rules alone. */
export async function shadowReport(kysely: Kysely<Schema>, since: Date): Promise<ShadowReport> {
  const rules = new Map<string, ShadowReport["rules"][number] & { seen: Set<string> }>();
  for (let after = 0; ; ) {
    const page = await kysely
      .selectFrom("events")
      .select(["position", "session", "seq", "at", "data"])
      .where("position", ">", after)
      .where("type", "in", ["tool.requested", "push.requested"])
      .where("at", ">=", since)
      .where(sql<boolean>`data->'decision' ? 'reported'`)
      .orderBy("position")
      .limit(pageSize)
      .execute();
    for (const { session, seq, at, data } of page) {
      const event = upcast(data);
      if (event.type !== "tool.requested" && event.type !== "push.requested") continue;
      const what = whatOf(
        event.type === "tool.requested"
          ? { phase: "tool-call", call: event.call }
          : { phase: "push", push: event.facts },
      );
      for (const { policy, effect, reason } of event.decision.reported ?? []) {
        const key = `${policy} ${effect}`;
        const rule = rules.get(key) ?? {
          policy,
          effect,
          count: 0,
          sessions: 0,
          examples: [],
          seen: new Set(),
        };
        rules.set(key, rule);
        rule.count += 1;
        rule.seen.add(session);
        const example: InquiryExample = { session, seq, at: at.toISOString(), what, reason };
        if (rule.examples.length < examplesLimit) rule.examples.push(example);
      }
    }
    after = page.at(-1)?.position ?? after;
    if (page.length < pageSize) break;
  }
  return {
    rules: [...rules.values()]
      .map(({ seen, ...rule }) => ({ ...rule, sessions: seen.size }))
      .sort((a, b) => b.count - a.count || a.policy.localeCompare(b.policy)),
  };
}
