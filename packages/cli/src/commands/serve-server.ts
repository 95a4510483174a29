import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { openEngine, orchestrations, startServer, tokenFile } from "@tutti/server";
import { keptWord } from "../kept-word.ts";
import { type GivenListening, listeningFrom, listeningOptions } from "../listening.ts";
import { ownVersion, shippedAgents, shippedWeb } from "../own-program.ts";
import { apiSocket } from "../supervision/control.ts";
import { endWithSupervisor } from "../supervision/end-with-supervisor.ts";
import { portFor } from "../supervision/port.ts";
import { tellFailure, tellStarter } from "../supervision/start-report.ts";
import { readTlsFiles, type TlsContent } from "../tls-files.ts";
import type { Define } from "../verb.ts";

interface Options extends GivenListening {
  databaseUrl?: string;
}

/** The server as a process of its own: API, log, engine, and PostgreSQL beside it. Started by the supervisor. */
export const serveServer: Define = (command, cli) => {
  listeningOptions(command)
    .option("--database-url <url>", "a PostgreSQL of the user's own")
    .action(async (options: Options) => {
      const ending = endWithSupervisor();
      const { state, config, runtime } = cli.folders;
      try {
        const { port, host, hostNames, tls: tlsFiles } = listeningFrom(options);
        const tls = tlsFiles && (await readTlsFiles(tlsFiles));
        const node = await keptWord(join(state, "node-id"), () => `node-${randomUUID()}`);
        const server = await startServer({
          stateDir: state,
          runtimeDir: runtime,
          socketPath: apiSocket(cli.folders),
          port: await portFor(host, port),
          host,
          ...(tls && { tls }),
          // Who is asked for by a certificate's name has shown that the name is theirs.
          hostNames: [...hostNames, ...(tls?.names ?? [])],
          webFolder: shippedWeb,
          ...(options.databaseUrl !== undefined && { databaseUrl: options.databaseUrl }),
          agentFolders: [shippedAgents, join(config, "agents")],
          policyFolder: join(config, "policies"),
          version: ownVersion(),
          openEngine: (ports) => openEngine({ ...ports, node, programs: orchestrations, ports }),
        });
        await tellStarter({
          type: "ready",
          server: {
            url: asCertified(server.url ?? "", tls),
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

/** A server's address by a name that its certificate is for; as it is when there is none. */
function asCertified(url: string, tls: TlsContent | undefined): string {
  const name = tls?.names.includes("localhost") ? "localhost" : tls?.names[0];
  return name === undefined ? url : url.replace(/\/\/(\[[^\]]*\]|[^:/]+)/, `//${name}`);
}
