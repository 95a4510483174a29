import { setTimeout as delay } from "node:timers/promises";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { examples, jsonOption } from "../options.ts";
import { connectSupervisor } from "../supervision/control.ts";
import { serveLog } from "../supervision/supervise.ts";
import type { Define } from "../verb.ts";

/** Longer than what the supervisor allows all of its parts, in milliseconds. */
const patience = 120_000;

/** Stops this machine's Tutti. Work in progress goes on at the next start. */
export const stop: Define = (command, cli) => {
  command
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti stop")}\n\nWork in progress is kept in the log and goes on at the next start.`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      await using supervisor = await connectSupervisor(cli.folders);
      if (!supervisor) {
        if (json) cli.json({ stopped: false });
        else cli.data("Tutti was not running.");
        return;
      }
      supervisor.stop();
      let pid = 0;
      const gone = (async () => {
        for await (const status of supervisor.statuses) pid = status.pid;
        return true;
      })();
      const late = new AbortController();
      const ended = await Promise.race([
        gone,
        delay(patience, false, { signal: late.signal }).catch(() => false),
      ]);
      late.abort();
      if (!ended)
        throw new Failure(
          `Tutti (process ${pid}) does not stop: see ${serveLog(cli.folders)}`,
          exitCodes.unreachable,
        );
      if (json) cli.json({ stopped: true, pid });
      else cli.data("Stopped the host, the server and its database.");
    });
};
