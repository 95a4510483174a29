import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { openEngine, orchestrations, startServer, tokenFile } from "@tutti/server";
import { keptWord } from "../kept-word.ts";
import { port } from "../options.ts";
import { ownVersion, shippedAgents } from "../own-program.ts";
import { apiSocket } from "../supervision/control.ts";
import { endWithSupervisor } from "../supervision/end-with-supervisor.ts";
import { portFor } from "../supervision/port.ts";
import { tellFailure, tellStarter } from "../supervision/start-report.ts";
import type { Define } from "../verb.ts";

interface Options {
  port?: number;
  host: string;
  databaseUrl?: string;
}

/** The server as a process of its own: API, log, engine, and PostgreSQL beside it. Started by the supervisor. */
export const serveServer: Define = (command, cli) => {
  command
    .option("--port <number>", "the port to listen on", port)
    .option("--host <address>", "the address to listen on", "127.0.0.1")
    .option("--database-url <url>", "a PostgreSQL of the user's own")
    .action(async (options: Options) => {
      const ending = endWithSupervisor();
      const { state, config, runtime } = cli.folders;
      try {
        const node = await keptWord(join(state, "node-id"), () => `node-${randomUUID()}`);
        const server = await startServer({
          stateDir: state,
          runtimeDir: runtime,
          socketPath: apiSocket(cli.folders),
          port: await portFor(options.host, options.port),
          host: options.host,
          ...(options.databaseUrl !== undefined && { databaseUrl: options.databaseUrl }),
          agentFolders: [shippedAgents, join(config, "agents")],
          policyFolder: join(config, "policies"),
          version: ownVersion(),
          openEngine: (ports) => openEngine({ ...ports, node, programs: orchestrations, ports }),
        });
        await tellStarter({
          type: "ready",
          server: {
            url: server.url ?? "",
            personToken: tokenFile(state, "person"),
            hostToken: tokenFile(state, "runner"),
          },
        });
        await ending;
        await server.stop();
      } catch (error) {
        await tellFailure(error);
        throw error;
      }
    });
};
