import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { tasksOf } from "@tutti/client";
import type { Cli } from "../cli.ts";
import { badInput } from "../failure.ts";
import { collected, dollarAmount, examples, jsonOption } from "../options.ts";
import { repositoryAt } from "../repository.ts";
import { supervisorStatus } from "../supervision/control.ts";
import { plain } from "../terminal/text.ts";
import type { Define } from "../verb.ts";

interface Options {
  repo?: string;
  task?: string[];
  contract?: string;
  target?: string;
  yes?: boolean;
  budget?: number;
  detach?: boolean;
  json?: boolean;
  rehearse?: string;
}

/** Gives an agent one or more tasks in a repository, and watches until they have ended. */
export const run: Define = (command, cli) => {
  command
    .argument("<agent>", "the agent's name, such as polly")
    .argument("<task>", "what is to be done")
    .option("--repo <dir>", "the repository (default: the one you are in)")
    .option("--task <text>", "another independent task, done at the same time; may be repeated", collected)
    .option("--contract <file>", "a file that says what must hold when it is done")
    .option("--target <branch>", "the branch to merge into (default: the one checked out)")
    .option("--yes", "say yes to this request's merges now, where the review approves and nothing is flagged")
    .option(
      "--budget <usd>",
      "US dollars that it may spend; then everything waits for your word",
      dollarAmount,
    )
    .option("--detach", "don't watch: print the session's id and leave")
    .option("--rehearse <scenario>", "use scripted models: a scenario's file, or `demo`")
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples(
        'tutti run polly "Make the parser accept empty input"',
        'tutti run polly "Fix the flaky test" --task "Document the flags" --yes',
        'tutti run polly "Add rate limits" --repo ~/src/shop --contract contract.md --target develop',
        'tutti run polly "Port the tests" --budget 5',
      )}\n\nExit code 0 only when every task was merged. Ctrl-C leaves; the work goes on.`,
    )
    .action((agent: string, task: string, options: Options) => play(cli, agent, task, options));
};

async function play(cli: Cli, name: string, first: string, options: Options): Promise<void> {
  const texts = [first, ...(options.task ?? [])];
  if (texts.some((text) => text.trim() === "")) throw badInput("a task is empty: say what is to be done");
  if (options.detach && options.rehearse !== undefined)
    throw badInput("--rehearse needs --detach left out: the scripted models end with this command");
  const repository = await repositoryAt(options.repo ?? cli.cwd, options.target);
  const contract = options.contract === undefined ? undefined : await contractIn(options.contract);
  const rehearsing = options.rehearse !== undefined;
  const { launch } = await import("../request/launch.ts");
  await using launched = await launch(cli, {
    agent: name,
    tasks: tasksOf(texts, contract),
    repository,
    target: options.target,
    yes: options.yes === true,
    budget: options.budget,
    rehearse: options.rehearse,
  });
  const { client, session, started } = launched;
  if (started) cli.say([{ text: "Tutti stays running; `tutti stop` ends it", look: "dim" }]);
  const url = (await supervisorStatus(cli.folders))?.url;
  const link = url ? `${url}/s/${session}` : null;
  if (options.detach) {
    if (options.json) cli.json({ session, link });
    else cli.data(session);
    const here = link === null ? "" : `, or at ${link}`;
    cli.say([{ text: `watch it with: tutti attach ${session}${here}`, look: "dim" }]);
    return;
  }
  cli.say([{ text: `session ${session}  ${plain(repository)}`, look: "dim" }]);
  if (link !== null) cli.say([{ text: `watch it at ${link}`, look: "dim" }]);
  const { playRequest } = await import("../request/play.ts");
  await playRequest({
    cli,
    client,
    session,
    style: "blocks",
    json: options.json === true,
    stays: !rehearsing,
  });
}

async function contractIn(file: string): Promise<string> {
  const path = resolve(file);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw badInput(`the contract ${path} cannot be read: give a text file with --contract`, { cause });
  });
  if (text.trim() === "") throw badInput(`the contract ${path} is empty`);
  return text;
}
