import { connect } from "../connection.ts";
import { exitCodes } from "../exit-codes.ts";
import { examples, jsonOption } from "../options.ts";
import { clock, counted } from "../request/words.ts";
import { supervisorStatus } from "../supervision/control.ts";
import type { ChildStatus } from "../supervision/status.ts";
import { serveLog } from "../supervision/supervise.ts";
import type { Define } from "../verb.ts";

/** Tells whether this machine's Tutti runs, and what it is busy with. */
export const status: Define = (command, cli) => {
  command
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti status", "tutti status --json")}\n\nExit code 3 when it does not run.`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      const { folders } = cli;
      const found = await supervisorStatus(folders);
      if (!found) {
        cli.exitCode = exitCodes.unreachable;
        if (json) cli.json({ phase: "stopped", state: folders.state });
        else cli.data("Tutti does not run. Start it with: tutti serve");
        return;
      }
      const active =
        found.phase === "ready"
          ? await (await connect(folders)).sessions({ active: "true", parent: "", limit: 1_000 })
          : [];
      const waiting = active.filter((session) => session.questions > 0).length;
      if (json) {
        const { token: _, ...told } = found;
        cli.json({
          ...told,
          state: folders.state,
          log: serveLog(folders),
          sessions: { active: active.length, waiting },
        });
        return;
      }
      const up = clock(cli.now() - Date.parse(found.startedAt));
      cli.data(`Tutti ${found.version} is ${found.phase}${found.url ? ` at ${found.url}` : ""}, up ${up}`);
      cli.data(`  server    ${described(found.server)}`);
      cli.data(`  host      ${described(found.host)}`);
      cli.data(`  sessions  ${counted(active.length, "request")} at work, ${waiting} waiting for you`);
      cli.data(`  state     ${folders.state}`);
      cli.data(`  log       ${serveLog(folders)}`);
    });
};

const described = ({ pid, ready, restarts }: ChildStatus): string =>
  `${pid === null ? "not running" : `process ${pid}${ready ? "" : ", starting"}`}${restarts > 0 ? `, started again ${restarts} times` : ""}`;
