import type { ToolCall } from "@tutti/core";
import { expect, it } from "vitest";
import { callFields, callTitle, count, countWords, noCalls } from "./calls.ts";
import { lastLines, plainOutput } from "./output.ts";
import { paragraphs, wholeLines } from "./streaming.ts";

const call = (more: Partial<ToolCall>): ToolCall => ({
  ...{ id: "c", kind: "other", name: "Tool", input: {}, fingerprint: "f" },
  ...more,
});

it("counts calls in words, a file once", () => {
  const counts = noCalls();
  for (const path of ["/w/a", "/w/a", "/w/b"]) count(counts, call({ kind: "read", paths: [path] }));
  count(counts, call({ kind: "edit", paths: ["/w/a"] }));
  count(counts, call({ kind: "shell", command: "ls" }));
  count(counts, call({ kind: "search" }));
  expect(countWords(counts)).toBe("2 files read, 1 edited, 1 command run, 1 search");
  expect(countWords(noCalls())).toBe("");
});

it("titles a call by its command, its file, or its words", () => {
  expect(callTitle(call({ command: "ls\npwd" }), "/w")).toBe("ls …");
  expect(callTitle(call({ paths: ["/w/src/a.ts"] }), "/w")).toBe("src/a.ts");
  expect(callTitle(call({ input: { pattern: "todo" } }), "/w")).toBe("todo");
  expect(callTitle(call({}), undefined)).toBe("Tool");
});

it("shows of a call's input what the title does not", () => {
  const edit = call({ paths: ["/w/a.ts"], input: { file_path: "a.ts", patch: "@@ -1 +1 @@\n-a\n+b" } });
  expect(callFields(edit)).toEqual([{ name: "patch", text: "@@ -1 +1 @@\n-a\n+b", isDiff: true }]);
  expect(callFields(call({ command: "ls", input: { command: ["sh", "-c", "ls"] } }))).toEqual([]);
});

it("takes control sequences out of what a program printed", () => {
  expect(plainOutput("\u001b[32mok\u001b[0m 10%\r100%\r\nend")).toBe("100%\nend");
  expect(lastLines("a\n\nb\nc\n", 2)).toEqual(["b", "c"]);
});

it("shows growing text by whole lines, and long lines by sentences", () => {
  expect(wholeLines("one\ntwo")).toBe("one\n");
  expect(wholeLines("First. Sec")).toBe("First.");
  expect(wholeLines("wor")).toBe("");
});

it("divides text where it can be drawn apart", () => {
  expect(paragraphs("a\nb\n\nc\n\n```\nx\n\ny\n```\n\nd")).toEqual([
    "a\nb\n",
    "c\n",
    "```\nx\n\ny\n```\n",
    "d",
  ]);
  expect(paragraphs("- a\n\n- b\n\nend")).toEqual(["- a\n\n- b\n", "end"]);
});
