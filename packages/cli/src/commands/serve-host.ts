import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { createClient, newId } from "@tutti/client";
import { nodeFetch } from "@tutti/client/node";
import { doWork, harnesses, holdCommandsOf, settingsClaims, startHost, sweepMarker } from "@tutti/runner";
import { confinementOf } from "../confinement.ts";
import { exitCodes } from "../exit-codes.ts";
import { badInput } from "../failure.ts";
import { openGateKeeper } from "../gate-keeper.ts";
import { hostId, programFolders } from "../machine.ts";
import { apiSocket } from "../supervision/control.ts";
import { endWithSupervisor } from "../supervision/end-with-supervisor.ts";
import { tellFailure, tellStarter } from "../supervision/start-report.ts";
import type { Define } from "../verb.ts";

/** How long a call is held for a person before its turn gives its process up, in seconds. */
const usualHold = 600;
const longestHold = 86_400;
/** How long the server may take to hear how the open turns ended, in milliseconds; less than the supervisor allows. */
const leaveMs = 5_000;

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
        const here = confinementOf(environment);
        const api = {
          socketPath: apiSocket(folders),
          token: (await readFile(tokenFile, "utf8")).trim(),
        };
        const starting = startHost({
          api,
          client: createClient({
            baseUrl: "http://localhost",
            token: api.token,
            fetch: nodeFetch(api.socketPath),
            patienceMs: Number.POSITIVE_INFINITY,
          }),
          id,
          name: hostname(),
          runtimeFolder: folders.runtime,
          stateFolder: folders.state,
          here,
          harnesses,
          environment,
          folders: programFolders(environment),
          ensureGate: openGateKeeper(folders, environment, id),
          work: (session, request, { signal, wish }) => {
            const work = newId("work");
            return doWork(request, {
              settingsClaims,
              stateFolder: folders.state,
              session,
              hold: holdCommandsOf({
                ...{ wish, here, environment, home: homedir(), stateFolder: folders.state },
                folder: join(folders.runtime, shortName(work)),
                session,
                task: "task" in request ? request.task : undefined,
              }),
              marker: `${id}/${session}/${work}`,
              now: new Date(),
              signal,
            });
          },
          holdMs: holdSeconds(environment.TUTTI_HOLD_SECONDS) * 1000,
          newId,
          log,
        });
        // A server that is gone for good must not keep the host from ending.
        const host = await Promise.race([starting, ending]);
        if (!host) return;
        await tellStarter({ type: "ready" });
        const end = await Promise.race([
          ending.then(() => "asked"),
          host.superseded.then(() => "superseded"),
        ]);
        const late = setTimeout(async () => {
          log("the server takes no leave: ending the agents without it");
          await sweepMarker(id, { below: true });
          process.exit(exitCodes.fault);
        }, leaveMs);
        await host.stop();
        clearTimeout(late);
        if (end === "superseded") throw new Error("another host process of this machine took over");
      } catch (error) {
        await tellFailure(error);
        throw error;
      }
    });
};

/** A folder's name that leaves room for sockets below it. */
const shortName = (id: string): string => `w${createHash("sha256").update(id).digest("hex").slice(0, 12)}`;

const described = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

function holdSeconds(set: string | undefined): number {
  if (!set) return usualHold;
  const seconds = Number(set);
  if (seconds >= 0 && seconds <= longestHold) return seconds;
  throw badInput(`TUTTI_HOLD_SECONDS is ${set}: set it to seconds, at most ${longestHold}`);
}
