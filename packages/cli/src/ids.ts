/** Sessions and questions by an id that a person shortened. */
import type { Client } from "@tutti/client";
import { likenessOf, pendingApprovals, type SessionState, type SessionSummary } from "@tutti/core";
import { exitCodes } from "./exit-codes.ts";
import { badInput, Failure } from "./failure.ts";
import type { Question } from "./request/follow.ts";

const most = 1_000;

/**
 * The session that an id, or the beginning of one, names. A request's session counts before its children, whose ids begin
 * with its own. Throws a `Failure` when none or several are meant.
 */
export async function findSession(client: Client, id: string): Promise<SessionSummary> {
  const all = await client.sessions({ limit: most });
  const exact = all.find((session) => session.id === id);
  if (exact) return exact;
  const meant = all.filter((session) => session.id.startsWith(id));
  const roots = meant.filter(({ parent }) => parent === null);
  const [found, ...others] = roots.length > 0 ? roots : meant;
  if (!found) throw badInput(`no session ${id}: \`tutti sessions --all\` lists them`);
  if (others.length > 0)
    throw badInput(`${id} is not unique: ${[found, ...others].map((one) => one.id).join(", ")}`);
  return found;
}

/** Everything that waits for a person, the oldest first. */
export async function allQuestions(client: Client): Promise<Question[]> {
  const active = await client.sessions({ active: "true", limit: most });
  const states = await Promise.all(active.map(({ id }) => client.session(id)));
  return states
    .flatMap((session) => pendingApprovals(session).map((approval) => ({ session, approval })))
    .sort((a, b) => a.approval.requestedAt.localeCompare(b.approval.requestedAt));
}

/**
 * The question that an id, or the beginning of one, names; a session's id names its only one. Throws a `Failure` that says
 * who answered when it waits no more.
 */
export async function findQuestion(client: Client, id: string): Promise<Question> {
  const waiting = await allQuestions(client);
  const exact = waiting.find(({ approval }) => approval.id === id);
  if (exact) return exact;
  const meant = waiting.filter(
    ({ session, approval }) => approval.id.startsWith(id) || session.id.startsWith(id),
  );
  const [found, ...others] = meant;
  if (found && others.length === 0) return found;
  if (found) throw badInput(`${id} is not unique: ${meant.map(({ approval }) => approval.id).join(", ")}`);
  throw (
    (await settled(client, id)) ?? badInput(`nothing waits under ${id}: \`tutti approvals\` lists what does`)
  );
}

/** The other questions that ask for the same: by the rule that would allow it, else by what exactly it is. */
export async function questionsLike(client: Client, { approval }: Question): Promise<Question[]> {
  const key = likenessOf(approval.subject);
  if (key === undefined) return [];
  const waiting = await allQuestions(client);
  return waiting.filter((one) => one.approval.id !== approval.id && likenessOf(one.approval.subject) === key);
}

/** Why a question waits no more. */
async function settled(client: Client, id: string): Promise<Failure | undefined> {
  const holders = (await client.sessions({ limit: most })).filter((session) => id.startsWith(session.id));
  for (const { id: holder } of holders) {
    const approval = (await client.session(holder)).approvals[id];
    if (approval) return new Failure(ended(approval), exitCodes.refused);
  }
  return undefined;
}

const ended = ({ answered, withdrawn }: SessionState["approvals"][string]): string =>
  answered
    ? `${answered.by.name} answered already: ${answered.answer === "allow" ? "yes" : "no"}`
    : `the question ended: ${withdrawn}`;
