import type { ModelRequest, OfferedTool } from "./conversation.ts";
import type { ToolStep } from "./scenario.ts";

/** A tool step fitted to what a client offers: a tool with its input, or why there is none. */
export type Fitted =
  | {
      readonly kind: "tool";
      readonly tool: OfferedTool;
      readonly input: Readonly<Record<string, unknown>> | string;
    }
  /** The client keeps the tool back until it is searched for. */
  | { readonly kind: "search"; readonly tool: OfferedTool; readonly input: Readonly<Record<string, unknown>> }
  | { readonly kind: "missing"; readonly wanted: string };

type Fit<Input> = readonly [
  name: string,
  input: (asked: Input, tool: OfferedTool) => Record<string, unknown> | string,
];

/*
 * The tools by which clients run commands, write and read files. To add a client's tool, add its name and a function that
 * makes its input; an earlier line wins. Command lines run without a clock of their own where a client allows that: a
 * scenario's commands may wait for a test.
 */
const longestMs = 600_000;

const shellTools: readonly Fit<string>[] = [
  ["Bash", (command) => ({ command, description: "Run a rehearsed command", timeout: longestMs })],
  [
    "exec_command",
    (cmd, tool) => ({ cmd, yield_time_ms: 30_000, ...(tool.fields.includes("login") && { login: false }) }),
  ],
  ["shell_command", (command) => ({ command, timeout_ms: longestMs })],
  ["shell", (command) => ({ command: ["bash", "-c", command], timeout_ms: longestMs })],
  ["bash", (command) => ({ command, description: "Run a rehearsed command" })],
  ["run_shell_command", (command) => ({ command, description: "Run a rehearsed command" })],
];

const writeTools: readonly Fit<{ path: string; content: string }>[] = [
  ["Write", ({ path, content }) => ({ file_path: path, content })],
  ["apply_patch", ({ path, content }, tool) => fitPatch(addFilePatch(path, content), tool)],
  ["write", ({ path, content }, tool) => ({ [pathField(tool)]: path, content })],
  ["write_file", ({ path, content }) => ({ file_path: path, content })],
];

const readTools: readonly Fit<{ path: string }>[] = [
  ["Read", ({ path }) => ({ file_path: path })],
  ["read", ({ path }, tool) => ({ [pathField(tool)]: path })],
  ["read_file", ({ path }) => ({ file_path: path })],
];

/** Fits a tool step to the tools of a request. A client without a tool for files is asked through its shell. */
export function fitTool(step: ToolStep, request: ModelRequest): Fitted {
  if (step.shell !== undefined) return fitShell(step.shell, request);
  if (step.write !== undefined) {
    const { path } = step.write;
    const content = step.write.content.endsWith("\n") ? step.write.content : `${step.write.content}\n`;
    return pick(writeTools, { path, content }, request) ?? fitShell(writeCommand(path, content), request);
  }
  if (step.read !== undefined)
    return pick(readTools, step.read, request) ?? fitShell(`cat -- ${quoted(step.read.path)}`, request);
  if (step.call !== undefined) return fitLentTool(step.call.tool, step.call.input, request);
  throw new Error("a checked tool step holds one kind of step");
}

/**
 * The call that goes on waiting for a command, when the last thing that happened is that a client put a command that
 * still runs into a session of its own; else undefined.
 */
export function fitWaiting(request: ModelRequest): Fitted | undefined {
  const last = request.entries.at(-1);
  const report = last?.from === "tool" ? last.text.split("\nOutput:")[0] : undefined;
  const session = /^Process running with session ID (\d+)$/m.exec(report ?? "")?.[1];
  const tool = request.tools.find((offered) => offered.name === waitingTool);
  if (session === undefined || tool === undefined) return undefined;
  return { kind: "tool", tool, input: { session_id: Number(session), chars: "", yield_time_ms: 30_000 } };
}

/** Whether an answer only served the one before it or the one after it: it waited for a command, or looked for a tool. */
export function isHousekeeping(calls: readonly string[]): boolean {
  return calls.length > 0 && calls.every((name) => name === waitingTool || name === searchTool);
}

/** The name that `Entry.calls` holds for a call of a tool of the form `search`. */
export const searchTool = "tool_search";

const waitingTool = "write_stdin";

function fitShell(command: string, request: ModelRequest): Fitted {
  return pick(shellTools, command, request) ?? { kind: "missing", wanted: "a shell" };
}

function fitLentTool(name: string, input: Record<string, unknown>, request: ModelRequest): Fitted {
  const tool =
    request.tools.find((offered) => offered.form !== "search" && offered.name === name) ??
    request.tools.find((offered) => offered.form !== "search" && offered.name.endsWith(`__${name}`));
  if (tool !== undefined)
    return { kind: "tool", tool, input: tool.form === "text" ? JSON.stringify(input) : input };
  const search = request.tools.find((offered) => offered.form === "search");
  const latest = request.entries.findLast((entry) => entry.from === "model");
  return search === undefined || latest?.calls.includes(searchTool)
    ? { kind: "missing", wanted: `the tool "${name}"` }
    : { kind: "search", tool: search, input: { query: name.replaceAll("_", " ") } };
}

function pick<Input>(fits: readonly Fit<Input>[], asked: Input, request: ModelRequest): Fitted | undefined {
  for (const [name, input] of fits) {
    const tool = request.tools.find((offered) => offered.name === name && offered.namespace === undefined);
    if (tool !== undefined) return { kind: "tool", tool, input: input(asked, tool) };
  }
  return undefined;
}

function fitPatch(patch: string, tool: OfferedTool): Record<string, unknown> | string {
  return tool.form === "text" ? patch : { input: patch };
}

function addFilePatch(path: string, content: string): string {
  const lines = content.slice(0, -1).split("\n");
  return [
    "*** Begin Patch",
    `*** Add File: ${path}`,
    ...lines.map((line) => `+${line}`),
    "*** End Patch",
    "",
  ].join("\n");
}

function writeCommand(path: string, content: string): string {
  return `mkdir -p -- "$(dirname -- ${quoted(path)})" && printf %s ${quoted(content)} > ${quoted(path)}`;
}

function pathField(tool: OfferedTool): string {
  return ["path", "file_path", "filePath"].find((field) => tool.fields.includes(field)) ?? "path";
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
