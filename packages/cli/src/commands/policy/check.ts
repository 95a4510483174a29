import { resolve } from "node:path";
import { type PolicyCheck, toolKindSchema } from "@tutti/core";
import { exitCodes } from "../../exit-codes.ts";
import { badInput } from "../../failure.ts";
import { policyQuestions } from "../../inquiry/policy-questions.ts";
import { checkLines } from "../../inquiry/words.ts";
import { collected, examples, jsonOption } from "../../options.ts";
import type { Define } from "../../verb.ts";

interface Options {
  command?: string;
  tool?: string;
  path?: string[];
  host?: string;
  repo?: string;
  cwd?: string;
  agent?: string;
  confined?: boolean;
  json?: boolean;
}

const verdictCodes = { allow: exitCodes.ok, ask: exitCodes.asked, deny: exitCodes.denied } as const;

export const check: Define = (command, cli) => {
  command
    .option("--command <line>", "a shell command")
    .option("--tool <name>", `another tool: ${toolKindSchema.options.join(", ")}, or a name`)
    .option("--path <file>", "a file that the tool is about; may be given again", collected)
    .option("--host <host>", "a host that is connected to")
    .option(
      "--repo <dir>",
      "the folder that the agent works in, with its rules (default: the one you are in)",
    )
    .option("--cwd <dir>", "the folder that the call starts in (default: that of --repo)")
    .option("--agent <name>", "with the rules of this agent's file")
    .option("--confined", "in a session that is held in its folder, with the push gate before its remotes")
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples(
        "tutti policy check --command 'git push --force origin main'",
        "tutti policy check --tool edit --path ~/.ssh/config --json",
        "tutti policy check --host example.com --agent polly --confined",
      )}

It is asked as for an implementer in a fresh session. Nothing is stored, and no server is needed.

Exit codes: 0 when the call is allowed, 10 when a person is asked, 11 when it is denied; else as of every verb.`,
    )
    .action(async ({ repo, cwd, agent, confined = false, json, ...about }: Options) => {
      const repository = resolve(repo ?? cli.cwd);
      const starts = resolve(repository, cwd ?? ".");
      const asked: PolicyCheck = {
        ...{ repository, confined, cwd: starts, about: subjectOf(about, starts) },
        ...(agent !== undefined && { agent }),
      };
      await using questions = await policyQuestions(cli);
      const answer = await questions.check(asked);
      cli.exitCode = verdictCodes[answer.verdict];
      if (json) cli.json(answer);
      else for (const line of checkLines(answer)) cli.data(line);
    });
};

function subjectOf(
  { command, tool, path = [], host }: Pick<Options, "command" | "tool" | "path" | "host">,
  starts: string,
): PolicyCheck["about"] {
  if ([command, tool, host].filter((given) => given !== undefined).length !== 1)
    throw badInput("say what is to be checked: one of --command, --tool and --host");
  if (path.length > 0 && tool === undefined) throw badInput("--path goes with --tool");
  if (command !== undefined) return { kind: "command", command: filled(command, "--command") };
  if (host !== undefined) return { kind: "host", host: filled(host, "--host") };
  const name = filled(tool ?? "", "--tool");
  const kind = toolKindSchema.safeParse(name);
  // A tool that nobody knows and that names files is taken for one that changes them.
  const other = name.startsWith("mcp__") ? "mcp" : path.length > 0 ? "edit" : "other";
  return {
    kind: "tool",
    tool: kind.success ? kind.data : other,
    name,
    paths: path.map((one) => resolve(starts, one)),
  };
}

function filled(text: string, option: string): string {
  if (text.trim() === "") throw badInput(`${option} is empty`);
  return text;
}
