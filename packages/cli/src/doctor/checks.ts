/** What `tutti doctor` looks at. To add a check: a function that answers a `Finding`, and a line in `checks`. */
import { execFile } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Environment } from "@tutti/core";
import type { ConfinementHere } from "@tutti/runner";
import { checkPolicyFolder, startEmbeddedPostgres } from "@tutti/server";
import { connect } from "../connection.ts";
import { type Folders, makeFolders } from "../folders.ts";
import { ownVersion } from "../own-program.ts";
import { supervisorStatus } from "../supervision/control.ts";

/** One thing that was looked at. A `problem` keeps Tutti from working; a `warning` doesn't. */
export interface Finding {
  what: string;
  state: "ok" | "warning" | "problem";
  detail: string;
}

export interface Patient {
  folders: Folders;
  environment: Environment;
  /** Whether programs can be confined on this machine. */
  confinementHere(): Promise<ConfinementHere>;
}

const ok = (what: string, detail: string): Finding => ({ what, state: "ok", detail });
const problem = (what: string, detail: string): Finding => ({ what, state: "problem", detail });

const checks: readonly ((patient: Patient) => Promise<Finding>)[] = [
  async () => ok("Tutti", ownVersion()),
  async () => node(process.versions.node),
  git,
  foldersAreThere,
  confinement,
  policies,
  server,
  postgres,
];

/** Looks at everything that Tutti itself needs. A check that fails in an unknown way is a problem. */
export function examine(patient: Patient): Promise<Finding[]> {
  return Promise.all(
    checks.map((check) =>
      check(patient).catch((error: unknown) =>
        problem(check.name, error instanceof Error ? error.message : String(error)),
      ),
    ),
  );
}

function node(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 19)
    ? ok("Node", version)
    : problem("Node", `${version} is too old: Tutti needs 22.19 or later`);
}

async function git({ environment }: Patient): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)("git", ["--version"], {
      env: { ...environment },
      timeout: 10_000,
    });
    return ok("git", stdout.replace("git version", "").trim());
  } catch {
    return problem("git", "not on your PATH: install it");
  }
}

async function foldersAreThere({ folders }: Patient): Promise<Finding> {
  makeFolders(folders);
  for (const folder of [folders.state, folders.runtime]) accessSync(folder, constants.W_OK);
  const config = existsSync(folders.config) ? folders.config : `${folders.config} (not there, which is fine)`;
  return ok("folders", `state ${folders.state}, settings ${config}, sockets ${folders.runtime}`);
}

/** Without it Tutti works, and agents may do what the person may. */
async function confinement({ confinementHere }: Patient): Promise<Finding> {
  const here = await confinementHere();
  return here.holds
    ? ok("confinement", `holds: ${here.program} (${here.version})`)
    : {
        what: "confinement",
        state: "warning",
        detail: `agents and checks can do all that you can: ${here.why}`,
      };
}

/** Broken policy files keep every session from beginning. */
async function policies({ folders }: Patient): Promise<Finding> {
  const folder = join(folders.config, "policies");
  const { names, problems } = await checkPolicyFolder(folder);
  return problems.length > 0
    ? problem("policies", `no session begins until this is mended in ${folder}: ${problems.join("; ")}`)
    : ok("policies", names.join(", "));
}

async function server({ folders }: Patient): Promise<Finding> {
  const status = await supervisorStatus(folders);
  if (!status) return ok("server", "not running; `tutti run` starts it");
  if (status.phase !== "ready") return { what: "server", state: "warning", detail: `is ${status.phase}` };
  const { version } = await (await connect(folders)).health();
  return version === ownVersion()
    ? ok("server", `${version} at ${status.url}`)
    : {
        what: "server",
        state: "warning",
        detail: `runs ${version}: \`tutti stop\` it, so that the next one is ${ownVersion()}`,
      };
}

/** Starts a database for a moment: that it is there says little about whether it runs on this machine. */
async function postgres(): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), "tutti-doctor-"));
  try {
    const began = performance.now();
    const database = await startEmbeddedPostgres({ stateDir: folder, durable: false });
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    await database.stop();
    if (!database.directory.startsWith(folder))
      await rm(database.directory, { recursive: true, force: true });
    return ok("PostgreSQL", `Tutti's own starts on this machine (made and started in ${seconds} s)`);
  } catch (error) {
    return problem(
      "PostgreSQL",
      `Tutti's own does not start: ${firstLine(error)}; \`tutti serve --database-url\` takes another`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
