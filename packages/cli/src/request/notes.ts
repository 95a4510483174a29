/** A person's notes on a change, as they type them: `file:line: what is to change`. Pure. */
import { type Finding, findingSchema } from "@tutti/core";

/** How a note is written, for hints and errors. */
export const noteForm = "file:line: what is to change";

/** A path from the repository's root, a line and a column where they matter, and the text. Undefined when it is not written so. */
export function noteIn(text: string): Finding | undefined {
  const [, path = "", line, claim = ""] = /^(\S.*?)(?::(\d+)(?::\d+)?)?:\s+(\S.*)$/s.exec(text.trim()) ?? [];
  const file = path.replace(/^(\.\/)+/, "");
  if (file.startsWith("/")) return undefined;
  const note = { severity: "blocking", file, claim, ...(line !== undefined && { line: Number(line) }) };
  return findingSchema.safeParse(note).data;
}

/** The notes of a file: one a line; a line that is indented goes on with the note before it. */
export function notesIn(text: string): { notes: Finding[] } | { wrong: string } {
  const written = text
    .replace(/\r/g, "")
    .split(/\n(?=\S)/)
    .filter((note) => note.trim() !== "");
  const notes: Finding[] = [];
  for (const one of written) {
    const note = noteIn(one.replace(/\s*\n\s*/g, "\n"));
    if (!note) return { wrong: one };
    notes.push(note);
  }
  return { notes };
}
