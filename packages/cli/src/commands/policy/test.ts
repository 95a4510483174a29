import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { PolicyTestReport } from "@tutti/core";
import { connect } from "../../connection.ts";
import { exitCodes } from "../../exit-codes.ts";
import { badInput, Failure } from "../../failure.ts";
import { testLines } from "../../inquiry/words.ts";
import { collected, examples, jsonOption } from "../../options.ts";
import { sinceTime } from "../../since.ts";
import type { Define } from "../../verb.ts";

interface Options {
  with: string[];
  since?: string;
  json?: boolean;
}

export const test: Define = (command, cli) => {
  command
    .requiredOption(
      "--with <file>",
      "a policy file, in the place of the server's own of that name; may be given again",
      collected,
    )
    .option("--since <time>", "from when on: 12h, 7d, 2w ago, or a date", (text) =>
      sinceTime(text, cli.now()),
    )
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti policy test --with new.yaml", "tutti policy test --with new.yaml --since 2w --json")}

Without --since: the last seven days. Files of the server with other names stay as they are. Programs (*.ts) cannot be tried
like this: put one into the configuration folder's policies/ with \`shadow: true\`, and see \`tutti policy shadow\`.`,
    )
    .action(async ({ with: paths, since, json }: Options) => {
      const files = await Promise.all(paths.map(textOf));
      const client = await connect(cli.folders);
      const leaving = new AbortController();
      process.once("SIGINT", () => leaving.abort());
      const asked = { files, since: since ?? sinceTime("7d", cli.now()) };
      let report: PolicyTestReport | undefined;
      try {
        for await (const frame of client.policyTest(asked, { signal: leaving.signal })) {
          if (frame.type === "failed")
            throw new Failure(`the log could not be replayed: ${frame.message}`, exitCodes.fault);
          if (frame.type === "done") report = frame.report;
          else if (cli.stderr.isTTY)
            cli.stderr.write(`\r${frame.sessions} of ${frame.of} sessions, ${frame.judged} calls\u001b[K`);
        }
      } catch (error) {
        if (!leaving.signal.aborted) throw error;
      } finally {
        if (cli.stderr.isTTY) cli.stderr.write("\r\u001b[K");
      }
      if (leaving.signal.aborted) {
        cli.exitCode = exitCodes.left;
        return;
      }
      if (!report)
        throw new Failure("the server ended before the report came: try again", exitCodes.unreachable);
      if (json) cli.json(report);
      else for (const line of testLines(report)) cli.data(line);
    });
};

async function textOf(path: string): Promise<{ file: string; content: string }> {
  const file = basename(path);
  if (!/^\w[\w.-]{0,99}\.ya?ml$/.test(file))
    throw badInput(`${path}: give a policy file, <name>.yaml; a program is tried with shadow: true`);
  try {
    return { file, content: await readFile(path, "utf8") };
  } catch (error) {
    throw badInput(`${path}: cannot be read`, { cause: error });
  }
}
