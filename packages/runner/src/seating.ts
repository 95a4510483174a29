/** Finds each harness's program and lets nobody sit down whose gate does not hold. */
import { realpath, stat } from "node:fs/promises";
import type { Environment, Harness, Installation, TurnFailure } from "@tutti/core";
import type { GateVerdict } from "./gate-self-test.ts";

export type Seat =
  | { ok: true; harness: Harness; installation: Installation }
  | { ok: false; failure: TurnFailure };

export interface SeatingOptions {
  harnesses: readonly Harness[];
  environment: Environment;
  /** Folders with agent programs that are looked into before PATH. */
  folders: readonly string[];
  /** Whether the harness's gate holds on this installation. */
  ensureGate(harness: Harness, installation: Installation): Promise<GateVerdict>;
}

export interface Seating {
  seat(harness: string): Promise<Seat>;
}

export function openSeating({ harnesses, environment, folders, ensureGate }: SeatingOptions): Seating {
  const seats = new Map<string, Promise<Seat & { program: string }>>();

  async function find(id: string): Promise<Seat & { program: string }> {
    const none = (failure: TurnFailure) => ({ ok: false as const, failure, program: "" });
    const harness = harnesses.find(({ descriptor }) => descriptor.id === id);
    if (!harness) {
      const known = harnesses
        .flatMap(({ descriptor }) => (descriptor.forTests ? [] : [descriptor.id]))
        .join(", ");
      return none({ kind: "missing", message: `no harness named ${id}; known: ${known}` });
    }
    const { title, install } = harness.descriptor;
    const installation = await harness.find(environment, folders);
    if (!installation)
      return none({ kind: "missing", message: `${title} is not installed; install it with: ${install}` });
    const program = await identityOf(installation.path);
    const gate = await ensureGate(harness, installation);
    if (!gate.ok) return none({ kind: "gate", message: gate.message });
    return { ok: true, harness, installation, program };
  }

  return {
    async seat(id) {
      const known = await seats.get(id);
      // An update that came meanwhile is another program: it is found, and its gate is proven, anew.
      if (known?.ok && known.program === (await identityOf(known.installation.path))) return known;
      const finding = find(id);
      seats.set(id, finding);
      return finding;
    },
  };
}

/** Changes when the program behind a path does. */
async function identityOf(path: string): Promise<string> {
  try {
    const program = await realpath(path);
    const { size, mtimeMs } = await stat(program);
    return `${program} ${size} ${mtimeMs}`;
  } catch {
    return "";
  }
}
