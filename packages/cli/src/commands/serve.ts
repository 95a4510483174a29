import { exitCodes } from "../exit-codes.ts";
import { badInput } from "../failure.ts";
import { examples, jsonOption, port } from "../options.ts";
import { apiSocket } from "../supervision/control.ts";
import { tellFailure, tellStarter } from "../supervision/start-report.ts";
import { serveLog, supervise } from "../supervision/supervise.ts";
import type { Define } from "../verb.ts";

interface Options {
  port?: number;
  host: string;
  databaseUrl?: string;
  json?: boolean;
}

/** Runs the server and this machine's host until a signal or `tutti stop` ends them. */
export const serve: Define = (command, cli) => {
  command
    .option("--port <number>", "listen on this port (default: 7887, or a free one)", port)
    .option("--host <address>", "listen on this address", "127.0.0.1")
    .option("--database-url <url>", "use this PostgreSQL instead of Tutti's own")
    .option(...jsonOption)
    .addHelpText(
      "after",
      examples(
        "tutti serve",
        "tutti serve --port 8000",
        "tutti serve --database-url postgresql://localhost/tutti",
      ),
    )
    .action(async (options: Options) => {
      if (options.databaseUrl !== undefined && !/^postgres(ql)?:\/\//.test(options.databaseUrl))
        throw badInput("--database-url must begin with postgresql://");
      const { folders } = cli;
      const ending = new AbortController();
      const onSignal = () => ending.abort();
      for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, onSignal);
      try {
        const supervision = await supervise({
          folders,
          port: options.port,
          host: options.host,
          databaseUrl: options.databaseUrl,
          signal: ending.signal,
          say: (line) => cli.say([{ text: line, look: "dim" }]),
        });
        const { url } = supervision;
        if (options.json)
          cli.json({
            url,
            socket: apiSocket(folders),
            pid: process.pid,
            state: folders.state,
            log: serveLog(folders),
          });
        else {
          cli.data(`Tutti is ready at ${url}`);
          cli.say([{ text: `state ${folders.state}`, look: "dim" }]);
        }
        await tellStarter({ type: "ready" });
        await supervision.ended;
      } catch (error) {
        await tellFailure(error);
        if (ending.signal.aborted) cli.exitCode = exitCodes.left;
        else throw error;
      }
    });
};
