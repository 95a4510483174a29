/** A person's shell at a terminal of its own. */
import { stat } from "node:fs/promises";
import { Socket } from "node:net";
import type { Environment } from "@tutti/core";
import { MARKER_VARIABLE, sendSignal, sweepMarker } from "../process/sweep.ts";

export interface ShellRequest {
  folder: string;
  columns: number;
  rows: number;
  /** The person's. */
  environment: Environment;
  /** Unique to this shell: whatever carries it dies with it. */
  marker: string;
}

export interface Shell {
  onOutput(take: (bytes: Uint8Array) => void): void;
  /** Stops and goes on reading what the shell and its programs write: meanwhile they wait. */
  pause(): void;
  resume(): void;
  /** False when too much waits to be read by the program in the terminal; `onRoom` says when there is room again. */
  write(bytes: Uint8Array): boolean;
  onRoom(go: () => void): void;
  resize(columns: number, rows: number): void;
  /** Its exit code, null when a signal ended it. What it wrote before was given. */
  readonly exited: Promise<number | null>;
  /** Ends the shell and everything that was started in it. May be called again; never rejects. */
  end(): Promise<void>;
}

/** How long programs may take to end when the terminal hangs up, in milliseconds. */
const graceMs = 500;

/** Throws with what to do when it cannot be opened. */
export async function openShell(request: ShellRequest): Promise<Shell> {
  const { folder, columns, rows, environment, marker } = request;
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw new Error(`${folder} is no folder on this machine`);
  const { spawn } = await loaded();
  const { SHELL } = environment;
  const terminal = spawn(SHELL?.startsWith("/") ? SHELL : "/bin/sh", [], {
    name: "xterm-256color",
    cols: columns,
    rows,
    cwd: folder,
    env: { ...environment, TERM: "xterm-256color", [MARKER_VARIABLE]: marker },
    encoding: null,
  });
  const exited = new Promise<number | null>((resolve) =>
    terminal.onExit(({ exitCode, signal }) => resolve(signal ? null : exitCode)),
  );
  let gone = false;
  void exited.then(() => {
    gone = true;
  });
  // The package takes text alone, and tells nobody how much waits to be read in the terminal; its socket takes bytes and does.
  const inner: unknown = Reflect.get(terminal, "_socket");
  const input = inner instanceof Socket ? inner : undefined;

  let ending: Promise<void> | undefined;
  async function end(): Promise<void> {
    if (!gone) sendSignal(-terminal.pid, "SIGHUP");
    await sweepMarker(marker, { signal: "SIGHUP", limitMs: graceMs });
    await sweepMarker(marker);
  }

  return {
    onOutput(take) {
      // Without an encoding it gives bytes, whatever its type says.
      terminal.onData((data: unknown) => take(data instanceof Uint8Array ? data : Buffer.from(String(data))));
    },
    pause: () => terminal.pause(),
    resume: () => terminal.resume(),
    write(bytes) {
      if (gone) return true;
      if (input) return input.write(bytes);
      terminal.write(Buffer.from(bytes).toString("utf8"));
      return true;
    },
    onRoom(go) {
      input?.on("drain", go);
    },
    resize(columns, rows) {
      if (!gone) terminal.resize(columns, rows);
    },
    exited,
    end() {
      ending ??= end();
      return ending;
    },
  };
}

/** Its binary is one of a platform: it is looked for when it is needed, and may not be there. */
async function loaded(): Promise<typeof import("@lydell/node-pty")> {
  try {
    return await import("@lydell/node-pty");
  } catch (cause) {
    throw new Error(
      "terminals are not possible on this machine: @lydell/node-pty is missing or not for it; install Tutti with optional packages",
      { cause },
    );
  }
}
