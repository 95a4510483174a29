import type { AuditRow } from "@tutti/core";
import { connect } from "../connection.ts";
import { exitCodes } from "../exit-codes.ts";
import { badInput } from "../failure.ts";
import { findSession } from "../ids.ts";
import { auditLine, findingLine } from "../inquiry/words.ts";
import { examples, jsonOption } from "../options.ts";
import { sinceTime } from "../since.ts";
import type { Define } from "../verb.ts";

interface ListOptions {
  since?: string;
  session?: string;
  json?: boolean;
}

const page = 500;

/** Prints the audit, or holds it against itself and the log. */
export const audit: Define = (command, cli) => {
  command
    .option("--since <time>", "from when on: 12h, 7d, 2w ago, or a date", (text) =>
      sinceTime(text, cli.now()),
    )
    .option("--session <id>", "of this session and those of its agents")
    .option(...jsonOption)
    .allowExcessArguments()
    .helpCommand(false)
    .commandsGroup("And:")
    .addHelpText(
      "after",
      `${examples("tutti audit --since 7d", "tutti audit --session k7f --json", "tutti audit verify")}

Questions, answers, verdicts, merges, pushes, rules and sign-ins, each row chained to the one before by its hash.
With --json each line is one row.`,
    )
    .action(async ({ since, session, json }: ListOptions) => {
      const [extra] = command.args;
      if (extra !== undefined)
        throw badInput(`'${extra}' is nothing that the audit does: \`tutti audit verify\``);
      const client = await connect(cli.folders);
      const of = session === undefined ? {} : { session: (await findSession(client, session)).id };
      const tell = (row: AuditRow) => {
        if (json) cli.stdout.write(`${JSON.stringify(row)}\n`);
        else cli.data(auditLine(row));
      };
      for (let after = 0; ; ) {
        const { rows } = await client.audit({
          after,
          limit: page,
          ...of,
          ...(since !== undefined && { since }),
        });
        for (const row of rows) tell(row);
        if (rows.length < page) return;
        after = rows.at(-1)?.n ?? after;
      }
    });

  command
    .command("verify")
    .summary("hold the audit against itself and the log")
    .description("Hold the audit against itself and the log.")
    .option("--anchor <hash>", "a head that was printed before: is it part of the chain still?")
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti audit verify", "tutti audit verify --anchor 9f2c…  --json")}

It prints the head's hash: kept elsewhere, it shows later that nothing before it was changed, even by somebody who can write
the whole database.

Exit code 0 when everything fits, 1 when something was found or the anchor is not part of the chain.`,
    )
    .action(async (_given: object, verify: typeof command) => {
      const { anchor, json } = verify.optsWithGlobals<{ anchor?: string; json?: boolean }>();
      if (anchor !== undefined && !/^[0-9a-f]{64}$/.test(anchor))
        throw badInput("--anchor is a head's hash: 64 digits and letters from a to f");
      const client = await connect(cli.folders);
      const found = await client.auditVerification(anchor === undefined ? {} : { anchor });
      if (!found.ok) cli.exitCode = exitCodes.short;
      if (json) {
        cli.json(found);
        return;
      }
      for (const finding of found.findings) cli.data(findingLine(finding));
      if (found.found > found.findings.length) cli.data(`and ${found.found - found.findings.length} more`);
      if (found.anchor)
        cli.data(
          found.anchor.n === null
            ? [{ text: "the anchor is not part of the chain: something before it was changed", look: "red" }]
            : [{ text: `the anchor is row ${found.anchor.n}`, look: "green" }],
        );
      cli.data(
        found.found === 0
          ? [{ text: `${found.rows} rows, one chain, and the log says the same`, look: "green" }]
          : [{ text: `${found.rows} rows; something is wrong`, look: "red" }],
      );
      cli.data(`head ${found.head.n} ${found.head.hash}`);
    });
};
