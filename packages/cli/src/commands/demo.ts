import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cli } from "../cli.ts";
import { demoTask, history, makeSampleRepository } from "../demo/sample-repository.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { jsonOption } from "../options.ts";
import { launch } from "../request/launch.ts";
import { playRequest } from "../request/play.ts";
import { connectSupervisor } from "../supervision/control.ts";
import type { Define } from "../verb.ts";

interface Options {
  keep?: boolean;
  real?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** Sockets lie below the temporary folder, and their paths are bounded. */
const longestTemporary = 30;

/** Plays the main job on a sample repository, with a Tutti of its own that leaves nothing behind. */
export const demo: Define = (command, cli) => {
  command
    .option("--keep", "keep the server and the repository")
    .option("--real", "use the logins and models that are there, instead of scripted models")
    .option("--yes", "say yes to the merge beforehand, as is done where nobody can be asked")
    .option(...jsonOption)
    .action(async (options: Options) => {
      cli.exitCode = await play(cli, options);
    });
};

async function play(cli: Cli, options: Options): Promise<ExitCode> {
  const temporary = Buffer.byteLength(tmpdir()) <= longestTemporary ? tmpdir() : "/tmp";
  const folder = await realpath(await mkdtemp(join(temporary, "tutti-demo-")));
  const home = join(folder, "home");
  // On scripted models the agents' programs keep what they remember of it away from the person's own history.
  const own = new Cli({ ...process.env, TUTTI_HOME: home, ...(!options.real && { HOME: home }) });
  const repository = join(folder, "statistics");
  // Until the request is watched, Ctrl-C means: don't begin, and clean up.
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, leave);
  try {
    await mkdir(home, { mode: 0o700 });
    await makeSampleRepository(repository);
    introduce(cli, repository, options);
    if (!leaving.signal.aborted) await perform(own, repository, options, leaving.signal);
    return leaving.signal.aborted ? exitCodes.left : own.exitCode;
  } finally {
    if (options.keep && !leaving.signal.aborted) tellWhere(cli, folder, repository);
    else {
      cli.say([{ text: "stopping the demonstration's Tutti and removing its files", look: "dim" }]);
      await stopTutti(own);
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  }
}

/** The request itself, and what is to be seen afterwards. */
async function perform(own: Cli, repository: string, options: Options, leaving: AbortSignal): Promise<void> {
  await using launched = await launch(own, {
    agent: "polly",
    tasks: [{ id: "median", text: demoTask }],
    repository,
    target: undefined,
    yes: options.yes === true || options.json === true || !own.interactive,
    budget: undefined,
    rehearse: options.real ? undefined : "demo",
  });
  if (leaving.aborted) return;
  const { client, session } = launched;
  const ended = await playRequest({
    cli: own,
    client,
    session,
    style: "story",
    json: options.json === true,
    stays: false,
  });
  if (!ended || options.json) return;
  own.data();
  own.data([{ text: "git log --oneline main", look: "dim" }]);
  for (const line of await history(repository)) own.data(`  ${line}`);
}

function introduce(cli: Cli, repository: string, { real }: Options): void {
  cli.say([{ text: "Tutti's main job, on a sample repository", look: "bold" }]);
  cli.say(`  repository  ${repository}`);
  cli.say(`  task        ${demoTask}`);
  cli.say(
    `  agents      the real programs, on ${real ? "your own logins and models" : "scripted models: no keys, no network"}`,
  );
  cli.say();
}

function tellWhere(cli: Cli, folder: string, repository: string): void {
  const home = `TUTTI_HOME=${join(folder, "home")}`;
  cli.say();
  cli.say(`Kept. The repository is ${repository}.`);
  cli.say(`  ${home} tutti sessions`);
  cli.say(`  ${home} tutti stop && rm -r ${folder}`);
}

async function stopTutti(own: Cli): Promise<void> {
  await using supervisor = await connectSupervisor(own.folders);
  if (!supervisor) return;
  supervisor.stop();
  for await (const _ of supervisor.statuses);
}
