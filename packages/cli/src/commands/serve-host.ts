import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { createClient, newId } from "@tutti/client";
import { nodeFetch } from "@tutti/client/node";
import { doWork, harnesses, settingsClaims, startHost } from "@tutti/runner";
import { openGateKeeper } from "../gate-keeper.ts";
import { hostId, programFolders } from "../machine.ts";
import { apiSocket } from "../supervision/control.ts";
import { endWithSupervisor } from "../supervision/end-with-supervisor.ts";
import { tellFailure, tellStarter } from "../supervision/start-report.ts";
import type { Define } from "../verb.ts";

/** How long a call is held for a person before its turn gives its process up, in seconds. */
const usualHold = 600;

/** This machine's host as a process of its own. Started by the supervisor; waits for a server that restarts. */
export const serveHost: Define = (command, cli) => {
  command
    .requiredOption("--token-file <path>", "the file with a host's token")
    .action(async ({ tokenFile }: { tokenFile: string }) => {
      const ending = endWithSupervisor();
      try {
        const { folders, environment } = cli;
        const log = (message: string, error?: unknown) =>
          cli.say(
            `${new Date().toISOString()} host: ${message}${error === undefined ? "" : ` ${described(error)}`}`,
          );
        const id = await hostId(folders);
        const host = await startHost({
          client: createClient({
            baseUrl: "http://localhost",
            token: (await readFile(tokenFile, "utf8")).trim(),
            fetch: nodeFetch(apiSocket(folders)),
            patienceMs: Number.POSITIVE_INFINITY,
          }),
          id,
          name: hostname(),
          runtimeFolder: folders.runtime,
          harnesses,
          environment,
          folders: programFolders(environment),
          ensureGate: openGateKeeper(folders, environment, id),
          work: (session, request) =>
            doWork(request, {
              settingsClaims,
              stateFolder: folders.state,
              session,
              env: { ...environment },
              marker: `${id}/${session}/${newId("work")}`,
              now: new Date(),
            }),
          holdMs: Number(environment.TUTTI_HOLD_SECONDS ?? usualHold) * 1000,
          newId,
          log,
        });
        await tellStarter({ type: "ready" });
        const end = await Promise.race([
          ending.then(() => "asked"),
          host.superseded.then(() => "superseded"),
        ]);
        await host.stop();
        if (end === "superseded") throw new Error("another host process of this machine took over");
      } catch (error) {
        await tellFailure(error);
        throw error;
      }
    });
};

const described = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
