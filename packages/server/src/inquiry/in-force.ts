/** The rules in force, each in a person's words. */
import type { PolicyInForce, PolicyList, PolicyUse, Refusal } from "@tutti/core";
import type { Programs } from "../governance/index.ts";
import { policies } from "../policies/index.ts";
import { inShort } from "./ask.ts";
import { type RulePlaces, rulesOf } from "./rules-of.ts";

export async function inForce(
  places: RulePlaces & { programs: Pick<Programs, "inspect"> },
  place: { repository?: string | undefined; agent?: string | undefined },
): Promise<{ ok: true; list: PolicyList } | { ok: false; refusal: Refusal }> {
  const found = await rulesOf(places, place);
  if (!found.ok) return found;
  const rules: PolicyInForce[] = [];
  for (const { use, from } of found.rules) {
    const { name: policy, level, shadow = false } = use;
    rules.push({
      ...{ name: spokenName(use), policy, level, from, shadow },
      summary: await summaryOf(use, places.programs),
      params: inShort(use.params),
    });
  }
  return { ok: true, list: { rules, problems: [...found.problems], notes: found.notes } };
}

function spokenName({ name, params }: PolicyUse): string {
  const own = name === "program" ? params.name : name === "rules" ? params.file : undefined;
  return typeof own === "string" ? own : name;
}

async function summaryOf(use: PolicyUse, programs: Pick<Programs, "inspect">): Promise<string> {
  if (use.name === "program") {
    const inspected = await programs.inspect(use);
    return inspected.ok ? inspected.facts.summary : inspected.message;
  }
  const { rules } = use.params;
  if (use.name === "rules" && Array.isArray(rules)) return `Rules: ${rules.map(nameIn).join(", ")}.`;
  return policies.find(({ name }) => name === use.name)?.summary ?? "";
}

const nameIn = (rule: unknown): string =>
  typeof rule === "object" && rule !== null && "name" in rule ? String(rule.name) : "?";
