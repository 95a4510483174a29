import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment, ToolCall, ToolKind } from "@tutti/core";
import { fingerprint } from "../../process/fingerprint.ts";

/** Pi's own tools. Whatever else it calls is a lent tool, or unknown. */
const kinds: Readonly<Record<string, ToolKind>> = {
  bash: "shell",
  powershell: "shell",
  read: "read",
  write: "edit",
  edit: "edit",
  grep: "search",
  find: "search",
  ls: "search",
};

export interface AskedCall {
  id: string;
  name: string;
  input: ToolCall["input"];
}

export interface CallPlace {
  /** Real path of the folder that Pi works in. */
  cwd: string;
  /** The names of the lent tools. */
  lent: ReadonlySet<string>;
  /** The real path of what `pathOf` gave. */
  path?: string;
}

/** A call of Pi's in the words of the gate. */
export function toolCallOf({ id, name, input }: AskedCall, { cwd, lent, path }: CallPlace): ToolCall {
  const kind = lent.has(name) ? "lent" : (kinds[name] ?? "other");
  const command = kind === "shell" ? member(input, "command") : undefined;
  return {
    id,
    kind,
    name,
    input,
    cwd,
    ...(command !== undefined && { command }),
    ...(path !== undefined && { paths: [path] }),
    fingerprint: fingerprint({ kind, name, input, cwd }),
  };
}

/**
 * The path that a call of one of Pi's own tools names, as Pi reads it: without a leading `@`, with plain spaces, with `~` and
 * `file:` resolved. Undefined when it names none.
 */
export function pathOf({ name, input }: AskedCall, environment: Environment): string | undefined {
  const kind = kinds[name];
  const written = kind === undefined || kind === "shell" ? undefined : member(input, "path");
  if (written === undefined) return undefined;
  const path = written.replace(/[\u00A0\u2000-\u200A\u202F\u205F\u3000]/g, " ").replace(/^@/, "");
  const home = environment.HOME ?? homedir();
  if (path === "~") return home;
  if (path.startsWith("~/")) return join(home, path.slice(2));
  if (!path.startsWith("file://")) return path;
  try {
    return fileURLToPath(path);
  } catch {
    return path;
  }
}

function member(input: ToolCall["input"], name: string): string | undefined {
  const value =
    typeof input === "object" && input !== null && !Array.isArray(input) ? input[name] : undefined;
  return typeof value === "string" ? value : undefined;
}
