import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { Environment } from "@tutti/core";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { type Folders, makeFolders } from "../folders.ts";
import { ownProgram } from "../own-program.ts";
import { connectSupervisor } from "./control.ts";
import { type StartReport, startReport } from "./start-report.ts";
import { serveLog } from "./supervise.ts";

/**
 * Sees that a Tutti runs on the state folder: the one that is there, once it is ready, or a new one in the background, which
 * goes on when this process ends. Resolves with whether it was started here. Rejects with a `Failure` when it cannot start.
 */
export async function ensureRunning(
  folders: Folders,
  environment: Environment,
  say: (line: string) => void,
): Promise<{ started: boolean }> {
  if (await becomesReady(folders)) return { started: false };
  say("starting Tutti in the background");
  const report = await start(folders, environment);
  if (report.type === "ready") return { started: true };
  // Somebody else may have started one at the same moment.
  if (await becomesReady(folders)) return { started: false };
  throw new Failure(report.message, report.exitCode);
}

/** How long a running Tutti may take to become ready, in milliseconds: longer than a database takes to recover. */
const patience = 180_000;

/** Waits for a running Tutti; false when there is none, or when it ends. */
async function becomesReady(folders: Folders): Promise<boolean> {
  await using supervisor = await connectSupervisor(folders);
  if (!supervisor) return false;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    void supervisor[Symbol.asyncDispose]();
  }, patience);
  try {
    for await (const { phase } of supervisor.statuses) if (phase === "ready") return true;
  } finally {
    clearTimeout(timer);
  }
  if (late)
    throw new Failure(
      `Tutti runs but does not become ready: see ${serveLog(folders)}`,
      exitCodes.unreachable,
    );
  return false;
}

async function start(folders: Folders, environment: Environment): Promise<StartReport> {
  makeFolders(folders);
  const { command, args } = ownProgram();
  const log = openSync(serveLog(folders), "a", 0o600);
  try {
    const child = spawn(command, [...args, "serve"], {
      detached: true,
      cwd: "/",
      env: { ...environment },
      stdio: ["ignore", log, log, "ipc"],
    });
    return await new Promise<StartReport>((resolve) => {
      const failed = (message: string) =>
        resolve({ type: "failed", message, exitCode: exitCodes.unreachable });
      child.once("error", (error) => failed(`Tutti could not be started: ${error.message}`));
      child.once("exit", (code) =>
        failed(`Tutti ended with ${code} before it was ready: see ${serveLog(folders)}`),
      );
      child.on("message", (message) => {
        const report = startReport(message);
        if (!report) return;
        resolve(report);
        child.disconnect();
        child.unref();
      });
    });
  } finally {
    closeSync(log);
  }
}
