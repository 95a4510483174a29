import {
  type Actor,
  type Agreement,
  type Answer,
  agreementKey,
  agreementsSchema,
  type CommandOf,
  covers,
  type LoggedEvent,
} from "@tutti/core";
import type { Database } from "../database/pool.ts";
import { toJsonb } from "../database/schema.ts";
import type { Sessions } from "../sessions/index.ts";
import type { Reactor } from "./reactor.ts";

export interface AlikeParts extends Pick<Sessions, "dispatch" | "readState"> {
  database: Database;
}

/**
 * A person is asked once for a limit, however many agents wait at it: a yes answers every question that asks for no more
 * than was agreed, also one that comes while the person answers; a no answers those of the same tree, and stops its agents.
 */
export const alikeAnswers = (parts: AlikeParts): Reactor => ({
  name: "alike-answers",
  reactsTo: ["approval.requested", "approval.resolved"],
  async react(logged) {
    const { event, session, by } = logged;
    if (event.type === "approval.requested") {
      if (agreementsOf(event.subject).length > 0) await answerCovered(parts, logged, { session });
    } else if (event.type === "approval.resolved" && event.via === "person") {
      const subject = (await parts.readState(session))?.approvals[event.approval]?.subject;
      const agreements = subject ? agreementsOf(subject) : [];
      if (agreements.length === 0) return;
      if (event.answer === "allow") await answerCovered(parts, logged, { agreements });
      else if (agreements.some(({ scope }) => scope !== "session"))
        await stopTree(parts, logged, agreements, by, event.reason);
    }
  },
});

const agreementsOf = (subject: object): readonly Agreement[] =>
  "agreements" in subject ? agreementsSchema.catch([]).parse(subject.agreements) : [];

interface Question {
  session: string;
  approval: string;
  agreements: readonly Agreement[];
}

/** Says yes to the waiting questions of a session, or about some money, for which nothing is left to ask. */
async function answerCovered(
  parts: AlikeParts,
  logged: LoggedEvent,
  about: { session: string } | { agreements: readonly Agreement[] },
): Promise<void> {
  for (const question of await waiting(parts.database, about)) {
    const agreed = await parts.database.kysely
      .selectFrom("budget_agreements")
      .selectAll()
      .where("key", "in", question.agreements.map(agreementKey))
      .execute();
    const covered = question.agreements.every((wanted) =>
      covers(
        agreed.find(({ key }) => key === agreementKey(wanted)),
        wanted,
      ),
    );
    const person = agreed[0]?.person;
    if (covered && person !== undefined)
      await follow(parts, logged, question, "allow", { kind: "person", name: person }, "agreed already");
  }
}

/** Says no to the tree's questions about the same money, and interrupts everything in it that is at work. */
async function stopTree(
  parts: AlikeParts,
  logged: LoggedEvent,
  agreements: readonly Agreement[],
  by: Actor,
  reason = "a person said no to spending more",
): Promise<void> {
  const { kysely } = parts.database;
  const tree = await kysely
    .selectFrom("spending as own")
    .innerJoin("spending as each", "each.root", "own.root")
    .where("own.session", "=", logged.session)
    .select(["each.session", "each.open"])
    .execute();
  const members = new Set(tree.map(({ session }) => session));
  for (const question of await waiting(parts.database, { agreements }))
    if (members.has(question.session)) await follow(parts, logged, question, "deny", by, reason);
  for (const { session, open } of tree) {
    if (!open) continue;
    const id = `alike/${logged.position}/interrupt/${session}`;
    // A turn that has ended meanwhile is refused, and there is nothing to interrupt then.
    await parts.dispatch({ id, session, command: { type: "turn.interrupt" } }, by, "orchestration");
  }
}

async function waiting(
  { kysely }: Database,
  about: { session: string } | { agreements: readonly Agreement[] },
): Promise<Question[]> {
  const questions = kysely.selectFrom("budget_questions").select(["session", "approval", "agreements"]);
  const rows = await ("session" in about
    ? questions.where("session", "=", about.session)
    : questions.where((expression) =>
        expression.or(
          about.agreements.map(({ scope, of, day }) =>
            expression("agreements", "@>", toJsonb([{ scope, of, day }])),
          ),
        ),
      )
  ).execute();
  return rows.map((row) => ({ ...row, agreements: agreementsSchema.parse(row.agreements) }));
}

/** The id is the same when the reactor comes again; a question that was answered meanwhile stays as it is. */
async function follow(
  { dispatch }: AlikeParts,
  { position }: LoggedEvent,
  { session, approval }: Question,
  answer: Answer,
  by: Actor,
  reason: string,
): Promise<void> {
  const command: CommandOf<"approval.follow"> = { type: "approval.follow", approval, answer, reason };
  await dispatch({ id: `alike/${position}/${session}/${approval}`, session, command }, by, "orchestration");
}
