/** Where `tutti` begins: finds the verb, loads its file, and turns what goes wrong into one line and an exit code. */
import { Command, CommanderError } from "commander";
import { Cli } from "./cli.ts";
import { type Verb, verbs } from "./commands/index.ts";
import { exitCodeHelp, exitCodes } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { ownVersion } from "./own-program.ts";

const cli = new Cli();
// Whoever read the output may have gone (`tutti events ID | head`).
cli.stdout.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? 0 : exitCodes.fault),
);
await play(process.argv.slice(2));
process.exit(cli.exitCode);

async function play(args: string[]): Promise<void> {
  try {
    await (await programFor(args)).parseAsync(args, { from: "user" });
  } catch (error) {
    cli.exitCode = await told(error);
  }
}

/** The program with all verbs' names; the one that is called, or asked for help about, is defined in full. */
async function programFor(args: readonly string[]): Promise<Command> {
  const program = new Command("tutti")
    .description("Leads coding agents: one vendor's implements, another's reviews blind, you merge.")
    .version(`tutti ${ownVersion()}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help, or a verb's")
    .usage("VERB …")
    .helpCommand(false)
    .commandsGroup("Verbs:")
    .addHelpText(
      "after",
      `\nEvery verb has --help with examples, and --json for programs.\nAn ID may be shortened as long as it stays unique.\n\n${exitCodeHelp}`,
    );
  quietly(program);
  program.configureHelp({ subcommandTerm: (command) => command.name() });
  const [first, second] = args;
  const called = first === "help" ? second : first;
  for (const verb of verbs) {
    const command = program.command(verb.name, { hidden: verb.hidden === true }).summary(verb.summary);
    quietly(command);
    if (verb.name === called) await define(command, verb);
  }
  if (args.length === 0) program.help();
  return program;
}

async function define(command: Command, verb: Verb): Promise<void> {
  command
    .description(`${verb.summary[0]?.toUpperCase()}${verb.summary.slice(1)}.`)
    .helpOption("-h, --help", "print this help");
  (await verb.load())(command, cli);
}

/** Errors are thrown and told in one line; help goes to stdout. */
function quietly(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: () => {}, outputError: () => {} });
}

/** Says what went wrong in one line; a fault of Tutti itself with its stack. */
async function told(error: unknown): Promise<typeof cli.exitCode> {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.ok;
    const [what = "", hint = ""] = error.message.replace(/^error: /, "").split("\n");
    cli.say(`tutti: ${what}${hint ? ` ${hint}` : ""}; see ${helpFor(process.argv.slice(2))}`);
    return exitCodes.input;
  }
  const { asFailure } = await import("./connection.ts");
  const failure = asFailure(error);
  if (failure instanceof Failure) {
    process.stderr.write(`tutti: ${failure.message}\n`);
    return failure.exitCode;
  }
  process.stderr.write(
    `tutti: ${failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)}\n`,
  );
  return exitCodes.fault;
}

/** Where help on a mistake is found. */
function helpFor([first = ""]: readonly string[]): string {
  return verbs.some(({ name }) => name === first) ? `tutti ${first} --help` : "tutti --help";
}
