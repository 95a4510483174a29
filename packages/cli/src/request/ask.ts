/** Asks the person at the terminal. */
import { createInterface } from "node:readline/promises";
import type { Answer, ApprovalSubject, Finding, SessionState } from "@tutti/core";
import type { Cli } from "../cli.ts";
import type { AnswerWords } from "./answer.ts";
import { card, diffLines } from "./card.ts";
import { noteForm, noteIn } from "./notes.ts";

export type AskedAnswer = AnswerWords & { answer: Answer };

/** Shows what a yes would do and reads the answer; undefined when the signal aborts first. */
export async function ask(
  cli: Cli,
  subject: ApprovalSubject,
  session: SessionState,
  signal: AbortSignal,
): Promise<AskedAnswer | undefined> {
  const lines = createInterface({ input: cli.stdin, output: cli.stderr });
  // In this mode the terminal's Ctrl-C reaches the reader alone; the end of the input (Ctrl-D) means the same.
  let asking = true;
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  lines.on("close", () => asking && process.kill(process.pid, "SIGINT"));
  const question = async (text: string) => (await lines.question(text, { signal })).trim();
  try {
    cli.say();
    for (const line of card(subject, session)) cli.say(line);
    const diff = subject.kind === "merge" ? subject.diff : undefined;
    const rule = "rule" in subject ? subject.rule : undefined;
    const choices = [
      "[y]es",
      ...(rule ? ["[a]ll alike"] : []),
      "[n]o",
      ...(diff ? ["[s]end back", "[d]iff"] : []),
    ];
    for (;;) {
      const said = (await question(`  ${choices.join(", ")}: `)).toLowerCase();
      if (said === "y" || said === "yes") return { answer: "allow" };
      if (rule && (said === "a" || said === "all")) return { answer: "allow", alike: true };
      if (said === "n" || said === "no") {
        const reason = await question("  Reason (may be empty): ");
        return { answer: "deny", ...(reason && { reason }) };
      }
      if (diff && (said === "s" || said === "send back")) {
        const notes = await typedNotes(question, cli);
        if (notes.length > 0) return { answer: "deny", notes };
      }
      if (diff && (said === "d" || said === "diff")) for (const line of diffLines(diff)) cli.say(line);
    }
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    asking = false;
    lines.close();
  }
}

/** Reads notes until an empty line; none takes the person back to the question. */
async function typedNotes(question: (text: string) => Promise<string>, cli: Cli): Promise<Finding[]> {
  const notes: Finding[] = [];
  cli.say(`  What is to change, as ${noteForm}. An empty line sends it.`);
  for (;;) {
    const said = await question("  Note: ");
    if (said === "") return notes;
    const note = noteIn(said);
    if (note) notes.push(note);
    else cli.say(`  That is no note: write ${noteForm}.`);
  }
}
