import { expect, test } from "vitest";
import { type Comment, noteOf, readComments, spotWords } from "./comments.ts";

const comment: Comment = { id: "c", path: "src/due.ts", side: "after", from: 12, to: 12, text: " Say why " };

test("a comment goes back as a finding that blocks", () => {
  expect(noteOf(comment)).toEqual({
    ...{ severity: "blocking", file: "src/due.ts", line: 12, claim: "Say why", evidence: "" },
  });
  expect(noteOf({ ...comment, to: 14 }).claim).toBe("Lines 12 to 14: Say why");
});

test("a removed line is named in words, since its number is of no file that is there", () => {
  const note = noteOf({ ...comment, side: "before" });
  expect(note.line).toBeUndefined();
  expect(note.claim).toBe("Removed line 12: Say why");
});

test("what is kept is read again, and nothing else is", () => {
  expect(readComments(JSON.stringify([comment, { id: 3 }, null]))).toEqual([comment]);
  expect(readComments("no json")).toEqual([]);
  expect(readComments(null)).toEqual([]);
});

test("a place is named by file and lines", () => {
  expect(spotWords(comment)).toBe("src/due.ts:12");
  expect(spotWords({ ...comment, to: 14 })).toBe("src/due.ts:12–14");
});
