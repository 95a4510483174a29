/** Tool calls in one line: how many of which kind. Pure. */
import type { ToolCall } from "@tutti/core";
import { counted } from "../../design/words.ts";

/** Counts of a turn's calls; files count once, however often they were touched. Grows in place. */
export interface CallCounts {
  read: Set<string>;
  edited: Set<string>;
  commands: number;
  searches: number;
  pages: number;
  subagents: number;
  others: number;
}

export const noCalls = (): CallCounts => ({
  read: new Set(),
  edited: new Set(),
  commands: 0,
  searches: 0,
  pages: 0,
  subagents: 0,
  others: 0,
});

export function count(counts: CallCounts, call: ToolCall): void {
  switch (call.kind) {
    case "read":
      for (const path of call.paths ?? [call.id]) counts.read.add(path);
      return;
    case "edit":
      for (const path of call.paths ?? [call.id]) counts.edited.add(path);
      return;
    case "shell":
      counts.commands += 1;
      return;
    case "search":
      counts.searches += 1;
      return;
    case "web":
      counts.pages += 1;
      return;
    case "subagent":
      counts.subagents += 1;
      return;
    case "lent":
    case "mcp":
    case "other":
      counts.others += 1;
      return;
  }
}

/** `14 files read, 6 edited, 9 commands run`; empty without a call. */
export function countWords(counts: CallCounts): string {
  const read = counts.read.size;
  const edited = counts.edited.size;
  const search = counts.searches === 1 ? "1 search" : `${counts.searches} searches`;
  return [
    read > 0 && `${counted(read, "file")} read`,
    edited > 0 && (read > 0 ? `${edited} edited` : `${counted(edited, "file")} edited`),
    counts.commands > 0 && `${counted(counts.commands, "command")} run`,
    counts.searches > 0 && search,
    counts.pages > 0 && `${counted(counts.pages, "page")} fetched`,
    counts.subagents > 0 && `${counted(counts.subagents, "sub-agent")} sent`,
    counts.others > 0 && `${counted(counts.others, "tool call")}`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** What a call is about, in one line: its command, its file below the folder, or its tool's name. */
export function callTitle(call: ToolCall, workspace: string | undefined): string {
  if (call.command !== undefined) return firstLine(call.command);
  const [path, ...more] = call.paths ?? [];
  if (path !== undefined) return below(workspace, path) + (more.length > 0 ? ` and ${more.length} more` : "");
  const words = Object.values(isRecord(call.input) ? call.input : {}).find(
    (value) => typeof value === "string" && value.trim() !== "",
  );
  return typeof words === "string" ? firstLine(words) : call.name;
}

/** A path as seen from a folder. */
const below = (folder: string | undefined, path: string): string =>
  folder !== undefined && path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;

const firstLine = (text: string): string => {
  const [line = "", ...more] = text.trim().split("\n");
  return more.length > 0 ? `${line} …` : line;
};

/** What a call was given, as a person reads it: each of its fields as text. */
export interface CallField {
  name: string;
  text: string;
  isDiff: boolean;
}

/** A call's input by field; what the row shows already is left out. */
export function callFields(call: ToolCall): CallField[] {
  const { input } = call;
  if (!isRecord(input)) return [{ name: "input", text: asText(input), isDiff: false }];
  const shown = new Set([call.command, ...(call.paths ?? [])]);
  return Object.entries(input).flatMap(([name, value]) => {
    const text = asText(value);
    const isCommand = call.command !== undefined && /^(command|cmd)$/.test(name);
    if (isCommand || shown.has(text) || text === "") return [];
    if (call.paths?.some((path) => path.endsWith(`/${text}`))) return [];
    return [{ name, text, isDiff: /^@@ /m.test(text) }];
  });
}

const asText = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value, undefined, 2);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
