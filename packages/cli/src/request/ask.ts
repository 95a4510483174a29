/** Asks the person at the terminal. */
import { createInterface } from "node:readline/promises";
import type { ApprovalSubject, SessionState } from "@tutti/core";
import type { Cli } from "../cli.ts";
import { card, diffLines } from "./card.ts";

export type AskedAnswer = { answer: "allow" | "deny"; reason?: string; alike?: boolean };

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
    const choices = ["[y]es", ...(rule ? ["[a]ll alike"] : []), "[n]o", ...(diff ? ["[d]iff"] : [])];
    for (;;) {
      const said = (await question(`  ${choices.join(", ")}: `)).toLowerCase();
      if (said === "y" || said === "yes") return { answer: "allow" };
      if (rule && (said === "a" || said === "all")) return { answer: "allow", alike: true };
      if (said === "n" || said === "no") {
        const reason = await question("  Reason (may be empty): ");
        return { answer: "deny", ...(reason && { reason }) };
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
