/** Sessions and questions by an id that a person shortened. */
import type { Client } from "@tutti/client";
import { type InboxItemOf, isPending, likenessOf, type SessionState, type SessionSummary } from "@tutti/core";
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
  return load(client, await waiting(client));
}

/**
 * The question that an id, or the beginning of one, names; a session's id names its only one. Throws a `Failure` that says
 * who answered when it waits no more.
 */
export async function findQuestion(client: Client, id: string): Promise<Question> {
  const all = await waiting(client);
  const exact = all.filter(({ approval }) => approval === id);
  const meant =
    exact.length > 0
      ? exact
      : all.filter(({ session, approval }) => approval.startsWith(id) || session.startsWith(id));
  if (meant.length > 1)
    throw badInput(`${id} is not unique: ${meant.map(({ approval }) => approval).join(", ")}`);
  const [found] = await load(client, meant);
  if (found) return found;
  throw (
    (await settled(client, id)) ?? badInput(`nothing waits under ${id}: \`tutti approvals\` lists what does`)
  );
}

/** The other questions that ask for the same. */
export async function questionsLike(client: Client, { approval }: Question): Promise<Question[]> {
  const likeness = likenessOf(approval.subject);
  if (likeness === undefined) return [];
  const all = await waiting(client);
  return load(
    client,
    all.filter((one) => one.approval !== approval.id && one.likeness === likeness),
  );
}

async function waiting(client: Client): Promise<InboxItemOf<"question">[]> {
  const { items } = await client.inbox();
  return items.filter((item) => item.kind === "question").sort((a, b) => a.at.localeCompare(b.at));
}

/** Questions with their sessions; what was settled in the meantime is left out. */
async function load(client: Client, items: readonly InboxItemOf<"question">[]): Promise<Question[]> {
  const ids = [...new Set(items.map(({ session }) => session))];
  const states = new Map(
    (await Promise.all(ids.map((id) => client.session(id)))).map((state) => [state.id, state]),
  );
  return items.flatMap(({ session: id, approval: asked }) => {
    const session = states.get(id);
    const approval = session?.approvals[asked];
    return session && approval && isPending(approval) ? [{ session, approval }] : [];
  });
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
