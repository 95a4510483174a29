import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { type Agent, agentSchema } from "@tutti/core";
import { LineCounter, parseDocument } from "yaml";
import { offsetOf } from "../yaml-place.ts";

export interface AgentFile {
  file: string;
  agent: Agent;
  /** A hash of the file's text: another text is another version. */
  version: string;
}

/** The agents found, by name, and the files that could not be read as one. */
export interface FoundAgents {
  agents: AgentFile[];
  /** `message` begins with the file's name, line and column. */
  problems: { file: string; message: string }[];
}

/**
 * Reads the agent files (`*.yaml`, `*.yml`) of folders. Where two define an agent of the same name, the later folder's
 * counts. A folder that isn't there holds none.
 */
export async function findAgents(folders: readonly string[]): Promise<FoundAgents> {
  const agents = new Map<string, AgentFile>();
  const problems: FoundAgents["problems"] = [];
  for (const folder of folders)
    for (const name of await yamlFiles(folder)) {
      const file = path.join(folder, name);
      const read = parseAgent(file, await readFile(file, "utf8"));
      if (read.ok) agents.set(read.found.agent.name, read.found);
      else problems.push({ file, message: read.message });
    }
  return { agents: [...agents.values()].sort((a, b) => a.agent.name.localeCompare(b.agent.name)), problems };
}

/** Reads one agent's text. A failure names file, line, column and field: `polly.yaml:12:3: roles.reviewer: …`. */
export function parseAgent(
  file: string,
  text: string,
): { ok: true; found: AgentFile } | { ok: false; message: string } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number, message: string) => {
    const { line, col } = lines.linePos(offset);
    return { ok: false as const, message: `${path.basename(file)}:${line}:${col}: ${message}` };
  };
  const [broken] = document.errors;
  if (broken) return at(broken.pos[0], broken.message);
  const parsed = agentSchema.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (parsed.success)
    return {
      ok: true,
      found: { file, agent: parsed.data, version: createHash("sha256").update(text).digest("hex") },
    };
  const [issue] = parsed.error.issues;
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const where = [...(issue?.path ?? []), ...unknown];
  const message = unknown.length > 0 ? "unknown field" : (issue?.message ?? "is not an agent");
  return at(offsetOf(document, where), where.length > 0 ? `${where.join(".")}: ${message}` : message);
}

async function yamlFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  });
  return entries
    .filter((entry) => !entry.isDirectory() && /\.ya?ml$/.test(entry.name))
    .map((entry) => entry.name)
    .sort();
}
