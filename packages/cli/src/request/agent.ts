import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Client } from "@tutti/client";
import type { Agent } from "@tutti/core";
import type { Cli } from "../cli.ts";
import { badInput } from "../failure.ts";
import { plain } from "../terminal/text.ts";

export interface FoundAgent {
  file: string;
  agent: Agent;
}

/**
 * The agent of a name: the repository's own, else the person's, else the one that comes with Tutti. Throws a `Failure` that
 * names file, line and column when the file that counts cannot be read, or the known agents when there is none.
 */
export async function findAgent(client: Client, name: string, repository: string): Promise<FoundAgent> {
  const { agents, problems } = await client.agents({ repository });
  // The last that tells of a name is the one that counts, so a broken file must not let an earlier one in.
  const broken = problems.findLast(({ file }) => [`${name}.yaml`, `${name}.yml`].includes(basename(file)));
  if (broken) throw badInput(`${dirname(broken.file)}${sep}${broken.message}`);
  const found = agents.find(({ agent }) => agent.name === name);
  if (found) return found;
  const [other] = problems;
  throw badInput(
    `no agent named ${plain(name)}; known: ${agents.map(({ agent }) => agent.name).join(", ") || "none"}` +
      (other ? ` (and a file that cannot be read: ${dirname(other.file)}${sep}${other.message})` : ""),
  );
}

/**
 * A repository's own agent file may send code to addresses that it names itself: it takes effect only after one question,
 * bound to its content. Throws a `Failure` when the answer is no, or when nobody can be asked.
 */
export async function trustProviders(
  cli: Cli,
  { file, agent }: FoundAgent,
  repository: string,
): Promise<void> {
  const providers = Object.entries(agent.providers);
  if (providers.length === 0 || !file.startsWith(join(repository, ".tutti") + sep)) return;
  const content = JSON.stringify([repository, agent.providers]);
  const record = join(
    cli.folders.state,
    "trust",
    "providers",
    createHash("sha256").update(content).digest("hex"),
  );
  if (existsSync(record)) return;
  const addresses = providers.map(([name, { baseUrl }]) => `${name} at ${baseUrl}`).join(", ");
  if (!cli.interactive)
    throw badInput(
      `${file} sends work to ${addresses}: run this once at a terminal to say that you trust it, or copy the file to ${join(cli.folders.config, "agents")}`,
    );
  const lines = createInterface({ input: cli.stdin, output: cli.stderr });
  try {
    cli.say(`The repository's own agent ${agent.name} sends work to ${addresses}.`);
    const said = (await lines.question("  Trust these addresses? [y]es, [n]o: ")).trim().toLowerCase();
    if (said !== "y" && said !== "yes") throw badInput(`${file} is not trusted: nothing was started`);
  } finally {
    lines.close();
  }
  await mkdir(dirname(record), { recursive: true, mode: 0o700 });
  await writeFile(record, "");
}
