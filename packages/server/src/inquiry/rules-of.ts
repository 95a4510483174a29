/** The rules that an implementer would sit under, and where each comes from. Reads files, and changes nothing. */
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type HarnessChoice, type PolicyUse, type Refusal, roster } from "@tutti/core";
import { findAgents } from "../agents/agent-files.ts";
import { type PolicyFiles, type PolicyText, readPolicyFiles } from "../governance/index.ts";
import { parsePolicyFile, policyFileName, policyRefusal } from "../policies/index.ts";

export interface RulePlaces {
  files: PolicyFiles;
  /** The folder that `files` are read from, absolute. */
  policyFolder?: string | undefined;
  agentFolders: readonly string[];
}

export interface SourcedUse {
  use: PolicyUse;
  /** `built in`, or a file with line and column. */
  from: string;
}

export type RulesOf =
  | {
      ok: true;
      rules: SourcedUse[];
      /** Who would be seated first; undefined without an agent. */
      choice: HarnessChoice | undefined;
      /** What is wrong with the server's own policy files. */
      problems: readonly string[];
      notes: string[];
    }
  | { ok: false; refusal: Refusal };

const lengthLimit = 256 * 1024;

export async function rulesOf(
  { files, policyFolder, agentFolders }: RulePlaces,
  { repository, agent: name }: { repository?: string | undefined; agent?: string | undefined },
): Promise<RulesOf> {
  await files.refresh();
  const notes: string[] = [];
  const rules: SourcedUse[] = sourced(
    files.standing,
    policyFolder === undefined ? [] : await readPolicyFolder(policyFolder),
    policyFolder,
  );

  const own = repository === undefined ? [] : [path.join(repository, ".tutti", "agents")];
  const { agents, problems } = await findAgents([...agentFolders, ...own]);
  const found = agents.find(({ agent }) => agent.name === name);
  if (name !== undefined && !found) {
    const known = agents.map(({ agent }) => agent.name).join(", ");
    const broken = problems.map(({ message }) => `; ${message}`).join("");
    return invalid(`no agent named ${name}; known: ${known || "none"}${broken}`, "agent");
  }
  const agentRules = (found?.agent.policies ?? []).map((use): PolicyUse => ({ ...use, level: "agent" }));
  const refusal = policyRefusal(agentRules, undefined, "policies");
  if (refusal) return invalid(`${found?.file}: ${refusal.message}`, "agent");
  for (const use of agentRules) rules.push({ use, from: found?.file ?? "" });

  if (repository !== undefined) {
    const folder = path.join(repository, ".tutti", "policies");
    const texts = await readPolicyFolder(folder);
    // A program of a repository is carried out once a person has trusted it, and not to answer a question.
    const programs = texts.filter(({ file }) => file.endsWith(".ts"));
    if (programs.length > 0)
      notes.push(
        `not asked: ${programs.map(({ file }) => file).join(", ")} of the repository, which hold once they are trusted`,
      );
    const plain = texts.filter(({ file }) => !file.endsWith(".ts"));
    const read = readPolicyFiles(plain, "agent");
    if (read.problems.length > 0) return invalid(read.problems.join("; "), "repository");
    rules.push(...sourced(read.uses, plain, folder));
    notes.push(
      "the repository's files are read as they lie in the folder; a request goes by its base commit",
    );
  }
  rules.push({
    use: { name: "workspace-only", params: {}, level: "agent" },
    from: "built in, for every implementer",
  });
  const choice = found && roster(found.agent, "implementer")[0];
  return { ok: true, rules, choice, problems: files.problems, notes };
}

/** The policy files of a folder, by name; a folder that isn't there holds none. */
export async function readPolicyFolder(folder: string): Promise<PolicyText[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  });
  const texts: PolicyText[] = [];
  for (const file of names.filter((one) => policyFileName.test(one)).sort()) {
    const place = path.join(folder, file);
    const { size } = await stat(place);
    if (size > lengthLimit) throw new Error(`${place} is longer than ${lengthLimit} bytes`);
    texts.push({ file, content: await readFile(place, "utf8") });
  }
  return texts;
}

/** Finds each rule in the texts that it may come from. */
function sourced(
  uses: readonly PolicyUse[],
  texts: readonly PolicyText[],
  folder: string | undefined,
): SourcedUse[] {
  const known = texts.flatMap(({ file, content }) => {
    const read = parsePolicyFile(file, content, uses[0]?.level ?? "server");
    return read.ok
      ? read.found.uses.map((use, index) => ({ use, place: read.found.places[index] ?? file }))
      : [];
  });
  const inFolder = (place: string) => (folder === undefined ? place : path.join(folder, place));
  return uses.map((use) => {
    const found = known.find((one) => isDeepStrictEqual(one.use, use));
    if (found) return { use, from: inFolder(found.place) };
    const { file } = use.params;
    return { use, from: typeof file === "string" ? inFolder(file) : "built in" };
  });
}

const invalid = (message: string, field: string): RulesOf => ({
  ok: false,
  refusal: { kind: "invalid", message, field },
});
