/**
 * The bench: what Tutti costs, measured.
 *
 * To add a measurement: a file beside this one that exports a `Measurement`, and its name here.
 */
import { cliStart } from "./cli-start.ts";
import { coldStart } from "./cold-start.ts";
import { confinement } from "./confinement.ts";
import { fanOut } from "./fan-out.ts";
import { gate } from "./gate.ts";
import { memory } from "./memory.ts";
import { run } from "./run.ts";
import { shell } from "./shell.ts";
import { turn } from "./turn.ts";
import { worktree } from "./worktree.ts";

process.exitCode = await run("npm run bench", [
  turn,
  coldStart,
  gate,
  shell,
  confinement,
  fanOut,
  worktree,
  memory,
  cliStart,
]);
