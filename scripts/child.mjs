import { spawn } from "node:child_process";

/** On a terminal the keys for these reach parent and child alike, and a second one would mean "at once". */
const sentByKeys = ["SIGINT", "SIGQUIT"];
const passedOn = ["SIGTERM", "SIGHUP"];

/**
 * Runs a program in this process's place, as far as that goes: its standard streams are ours, our signals reach it,
 * and we end after it, never before, unless we are killed outright.
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>} how it ended
 */
export function runInPlace(command, args, options) {
  const child = spawn(command, args, { stdio: "inherit", ...options });
  const onTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  const relays = [
    ...passedOn.map((signal) => [signal, () => child.kill(signal)]),
    ...sentByKeys.map((signal) => [signal, onTerminal ? () => {} : () => child.kill(signal)]),
  ];
  for (const [signal, relay] of relays) process.on(signal, relay);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      for (const [name, relay] of relays) process.off(name, relay);
      resolve({ code, signal });
    });
  });
}

/**
 * Ends this process as the child ended: with its exit code, or by the signal that ended it.
 * @param {{ code: number | null, signal: NodeJS.Signals | null }} ending
 */
export function endLike({ code, signal }) {
  if (signal) process.kill(process.pid, signal);
  else process.exit(code ?? 1);
}
