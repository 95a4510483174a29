import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { loadScenario, type Rehearsal, startRehearsal } from "./index.ts";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const conformance = fileURLToPath(new URL("../scenarios/conformance.yaml", import.meta.url));

interface Client {
  readonly cli: string;
  /** Arguments for one turn that may use tools without asking; the prompt comes last. */
  args(rehearsal: Rehearsal): readonly string[];
  env(rehearsal: Rehearsal, home: string): Readonly<Record<string, string>>;
  /** Writes what the client wants to find in its private folder. */
  prepare?(rehearsal: Rehearsal, home: string): Promise<void>;
}

const codex = (model: string): Client => ({
  cli: "codex",
  args: ({ baseUrls }) => [
    ...["exec", "--skip-git-repo-check", "--sandbox", "danger-full-access", "--model", model],
    ...["-c", 'model_provider="rehearsal"', "-c", 'model_providers.rehearsal.name="Rehearsal"'],
    ...["-c", `model_providers.rehearsal.base_url="${baseUrls.responses}"`],
    ...["-c", 'model_providers.rehearsal.wire_api="responses"'],
    ...["-c", 'model_providers.rehearsal.env_key="REHEARSAL_KEY"'],
  ],
  env: (_, home) => ({ CODEX_HOME: home, REHEARSAL_KEY: "none" }),
});

const pi = (provider: string): Client => ({
  cli: "pi",
  args: () => ["-p", "--model", `${provider}/rehearsal`],
  env: (_, home) => ({
    PI_CODING_AGENT_DIR: home,
    PI_OFFLINE: "1",
    PI_TELEMETRY: "0",
    PI_SKIP_VERSION_CHECK: "1",
  }),
  prepare: async ({ baseUrls }, home) => {
    const model = { apiKey: "none", models: [{ id: "rehearsal" }] };
    const providers = {
      messages: { baseUrl: baseUrls.anthropic, api: "anthropic-messages", ...model },
      responses: { baseUrl: baseUrls.responses, api: "openai-responses", ...model },
      chat: { baseUrl: baseUrls.chat, api: "openai-completions", ...model },
    };
    await writeFile(join(home, "models.json"), JSON.stringify({ providers }));
  },
});

const clients: Readonly<Record<string, Client>> = {
  "Claude Code": {
    cli: "claude",
    args: () => ["--model", "claude-sonnet-4-5", "--allowedTools", "Bash,Read,Write", "-p"],
    env: ({ baseUrls }, home) => ({
      CLAUDE_CONFIG_DIR: home,
      ANTHROPIC_BASE_URL: baseUrls.anthropic,
      ANTHROPIC_API_KEY: "none",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
    }),
  },
  "Codex, a model that it does not know": codex("gpt-5.2-codex"),
  "Codex, a model that it knows": codex("gpt-5.5"),
  "Pi over Anthropic Messages": pi("messages"),
  "Pi over OpenAI Responses": pi("responses"),
  "Pi over Chat Completions": pi("chat"),
};

test.each(Object.keys(clients))("%s plays a rehearsal: a turn, a command, a file", async (name) => {
  const client = clients[name]!;
  const folder = await mkdtemp(join(tmpdir(), "tutti-rehearsal-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const home = join(folder, "home");
  const project = join(folder, "project");
  await mkdir(home);
  await mkdir(project);
  const rehearsal = await startRehearsal({ scenario: await loadScenario(conformance) });
  onTestFinished(() => rehearsal.close());
  await client.prepare?.(rehearsal, home);

  const turn = async (prompt: string) => {
    const seen = rehearsal.requests.length;
    const said = await run(cliPath(client.cli), [...client.args(rehearsal), prompt], project, {
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: home,
      ...client.env(rehearsal, home),
    });
    const requests = rehearsal.requests.slice(seen).filter((each) => each.tools.length > 0);
    expect(requests.map((each) => each.problem)).toEqual(requests.map(() => undefined));
    expect(new Set(requests.flatMap((each) => each.userTexts))).toEqual(new Set([prompt]));
    return { said, requests };
  };

  const basic = await turn("scenario: basic");
  expect(basic.said).toContain("basic: ok");
  expect(basic.requests).toHaveLength(1);

  const shell = await turn("scenario: shell hello-from-the-shell");
  expect(shell.said).toContain("shell: ok");
  expect(shell.requests.map((each) => each.cue?.index)).toEqual([0, 1]);
  expect(resultsIn(shell.requests[1]?.body)).toContain("hello-from-the-shell");

  const write = await turn("scenario: write deep/written.txt");
  expect(write.said).toContain("write: ok");
  expect(await readFile(join(project, "deep/written.txt"), "utf8")).toBe("written by a rehearsal\n");

  const pair = await turn("scenario: two pair");
  expect(pair.said).toContain("two: ok");
  expect(pair.requests.map((each) => each.cue?.index)).toEqual([0, 1]);

  const cut = await turn("scenario: cut");
  expect(cut.said).toContain("given whole");
  expect(await Promise.all(cut.requests.map((each) => each.ended))).toEqual(["cut", "complete"]);
});

/** Where an agent CLI is: installed with the project, else in the folder that TUTTI_HARNESS_CLIS names. */
function cliPath(cli: string): string {
  const folders = [
    join(repository, "harness-clis/node_modules/.bin"),
    process.env.TUTTI_HARNESS_CLIS ?? [],
  ].flat();
  const found = folders.map((folder) => join(folder, cli)).find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(`${cli} is not installed in ${folders.join(" or ")}; "npm test" installs the agent CLIs`);
  return found;
}

/** What a command says on stdout. Rejects, with what it said, when it fails. */
function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { cwd, env, timeout: 120_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${error.message}\n${stdout}\n${stderr}`, { cause: error }));
    });
    child.stdin?.end();
  });
}

/** The body without the tool calls' own text, so that what is found in it came back as a result. */
function resultsIn(body: unknown): string {
  return JSON.stringify(body).replaceAll("echo hello-from-the-shell", "");
}
