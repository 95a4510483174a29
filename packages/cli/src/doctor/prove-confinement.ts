/** `tutti doctor --confinement`: tries every known way out of the confinement on this machine, on a victim made for it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfinementHere, type EscapeResult, runEscapes } from "@tutti/runner";
import type { Cli } from "../cli.ts";
import { confinementOf } from "../confinement.ts";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { type Folders, makeFolders } from "../folders.ts";
import { counted } from "../request/words.ts";
import { type Line, padded, plain, type Span } from "../terminal/text.ts";

type Holding = Extract<ConfinementHere, { holds: true }>;

/** Room below the folder for the victim's sockets, and what a socket's path may have, in bytes. */
const socketNames = 48;
const longestSocketPath = 107;

/** Tells each attempt, and leaves 0, 1 (one got out), 5 (nothing is confined here) or 130 as the exit code. */
export async function proveConfinement(cli: Cli, json: boolean): Promise<void> {
  const here = await confinementOf(cli.environment)();
  if (!here.holds) {
    if (json) cli.json({ holds: false, why: here.why });
    throw new Failure(
      `nothing can be tried, since nothing is confined: ${plain(here.why)}`,
      exitCodes.unconfined,
    );
  }
  const attempts = await attempted(cli, here);
  if (!attempts) {
    cli.exitCode = exitCodes.left;
    return;
  }
  const of = (outcome: EscapeResult["outcome"]) => attempts.filter((one) => one.outcome === outcome);
  const count = (outcome: EscapeResult["outcome"]) => of(outcome).length;
  if (count("escaped") > 0) cli.exitCode = exitCodes.short;
  if (json) {
    const { program, version } = here;
    const counts = { stopped: count("stopped"), escaped: count("escaped"), untried: count("untried") };
    cli.json({ holds: count("escaped") === 0, program, version, ...counts, attempts });
    return;
  }
  for (const outcome of ["stopped", "untried", "escaped"] as const) {
    if (count(outcome) === 0) continue;
    cli.data([{ text: outcome, look: "bold" }]);
    for (const one of of(outcome)) cli.data(attemptLine(one));
    cli.data();
  }
  const told = [
    `${count("stopped")} stopped`,
    ...(count("untried") > 0 ? [`${count("untried")} not tried`] : []),
    count("escaped") === 0 ? "none escaped" : `${count("escaped")} ESCAPED`,
  ];
  cli.data(`${counted(attempts.length, "attempt")} with ${here.program}: ${told.join(", ")}.`);
}

/** Undefined when the person left. */
async function attempted(cli: Cli, { bubblewrap }: Holding): Promise<EscapeResult[] | undefined> {
  const leaving = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => leaving.abort());
  const inPlace = cli.stderr.isTTY === true;
  try {
    return await tryEscapes({
      bubblewrap,
      folders: cli.folders,
      signal: leaving.signal,
      onAttempt(done, all) {
        if (inPlace) cli.stderr.write(`\rtrying to get out: ${done} of ${all}`);
        else if (done === 1) cli.say(`trying ${all} ways out …`);
      },
    });
  } catch (error) {
    if (leaving.signal.aborted) return undefined;
    throw error;
  } finally {
    if (inPlace) cli.stderr.write("\r\u001b[K");
  }
}

const outcomes = {
  stopped: { text: "✓", look: "green" },
  untried: { text: "-", look: "yellow" },
  escaped: { text: "✗", look: "red" },
} as const satisfies Record<EscapeResult["outcome"], Span>;

/** What stopped it, the names say already; what got out, and what is missing, is told. */
const attemptLine = ({ name, tries, outcome, detail }: EscapeResult): Line => [
  outcomes[outcome],
  " ",
  padded(name, 24),
  plain(tries),
  ...(outcome === "stopped" || detail === "" ? [] : [`: ${plain(detail)}`]),
];

/** Rejects when the signal aborts and when nothing runs confined. Nothing is left behind. */
async function tryEscapes(options: {
  bubblewrap: Holding["bubblewrap"];
  folders: Folders;
  signal: AbortSignal;
  onAttempt(done: number, all: number): void;
}): Promise<EscapeResult[]> {
  const { folders, ...asked } = options;
  makeFolders(folders);
  const fits = Buffer.byteLength(folders.state) + socketNames <= longestSocketPath;
  const folder = await mkdtemp(join(fits ? folders.state : tmpdir(), "ways-"));
  try {
    return await runEscapes({ ...asked, folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
