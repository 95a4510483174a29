import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Finding } from "@tutti/core";
import { connect } from "../connection.ts";
import { badInput } from "../failure.ts";
import { findQuestion, questionsLike } from "../ids.ts";
import { collected, examples, jsonOption } from "../options.ts";
import { answerQuestion } from "../request/answer.ts";
import { questionLine } from "../request/card.ts";
import { noteForm, noteIn, notesIn } from "../request/notes.ts";
import { andOthers, counted } from "../request/words.ts";
import type { Define } from "../verb.ts";

interface Options {
  reason?: string;
  note?: readonly string[];
  notes?: string;
  together?: boolean;
  json?: boolean;
}

/** Says no to a question, or sends a merge back with what is to change first. */
export const deny: Define = (command, cli) => {
  command
    .argument("<id>", "the question's id, or its session's when that has only one")
    .option("--reason <text>", "why not; the agent reads it")
    .option(
      "--note <text>",
      `sends a merge back instead of ending its task: \`${noteForm}\`; may be given again and again`,
      collected,
    )
    .option("--notes <file>", "the same with the notes of a file, one a line; an indented line goes on")
    .option("--together", "and the same answer to every question like it, in all sessions")
    .option(...jsonOption)
    .addHelpText(
      "after",
      examples(
        'tutti deny k7f --reason "the API must stay as it is"',
        'tutti deny k7f --note "src/api.ts:12: the old name must go on working"',
        "tutti deny k7f --notes review.txt",
      ),
    )
    .action(async (id: string, options: Options) => {
      const { reason, together, json } = options;
      const notes = await notesOf(options);
      if (!reason && notes.length === 0)
        throw badInput(
          "say why not with --reason, or what is to change before the merge with --note or --notes",
        );
      const client = await connect(cli.folders);
      const question = await findQuestion(client, id);
      const others = together ? await questionsLike(client, question) : [];
      for (const { session, approval } of [question, ...others])
        await answerQuestion(client, { session: session.id, approval: approval.id }, "deny", {
          reason,
          notes,
        });
      const { session, approval } = question;
      if (json)
        cli.json({
          ...{ session: session.id, approval: approval.id, answer: "deny" },
          ...(reason && { reason }),
          ...(notes.length > 0 && { notes }),
          ...(together && { together: others.map((other) => other.approval.id) }),
        });
      else if (notes.length > 0)
        cli.data(`Sent back with ${counted(notes.length, "note")}: ${questionLine(approval.subject)}`);
      else cli.data(`No: ${questionLine(approval.subject)}${andOthers(others.length)}`);
    });
};

/** Everything that is to change. Throws a `Failure` that names what is no note. */
async function notesOf({ note = [], notes: file }: Options): Promise<Finding[]> {
  const typed = note.map((text) => noteIn(text) ?? noNote(text));
  if (file === undefined) return typed;
  const path = resolve(file);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw badInput(`the notes ${path} cannot be read: give a text file with --notes`, { cause });
  });
  const read = notesIn(text);
  if ("wrong" in read) return noNote(read.wrong);
  if (read.notes.length === 0) throw badInput(`${path} holds no note`);
  return [...typed, ...read.notes];
}

function noNote(text: string): never {
  throw badInput(`${JSON.stringify(text.slice(0, 80))} is no note: write \`${noteForm}\``);
}
