/** Finds each harness's program once and lets nobody sit down whose gate does not hold. */
import type { Environment, Harness, Installation, TurnFailure } from "@tutti/core";

export type Seat =
  | { ok: true; harness: Harness; installation: Installation }
  | { ok: false; failure: TurnFailure };

export interface SeatingOptions {
  harnesses: readonly Harness[];
  environment: Environment;
  /** Folders that are looked into before PATH. */
  folders: readonly string[];
  /** Whether the harness's gate holds on this installation; asked once per installation and process. */
  ensureGate(
    harness: Harness,
    installation: Installation,
  ): Promise<{ ok: true } | { ok: false; message: string }>;
}

export interface Seating {
  seat(harness: string): Promise<Seat>;
}

export function openSeating({ harnesses, environment, folders, ensureGate }: SeatingOptions): Seating {
  const seats = new Map<string, Promise<Seat>>();
  async function find(id: string): Promise<Seat> {
    const harness = harnesses.find(({ descriptor }) => descriptor.id === id);
    if (!harness) {
      const known = harnesses.map(({ descriptor }) => descriptor.id).join(", ");
      return { ok: false, failure: { kind: "missing", message: `no harness named ${id}; known: ${known}` } };
    }
    const { title, install } = harness.descriptor;
    const installation = await harness.find(environment, folders);
    if (!installation)
      return {
        ok: false,
        failure: { kind: "missing", message: `${title} is not installed; install it with: ${install}` },
      };
    const gate = await ensureGate(harness, installation);
    if (!gate.ok) return { ok: false, failure: { kind: "gate", message: gate.message } };
    return { ok: true, harness, installation };
  }
  return {
    async seat(id) {
      const known = seats.get(id);
      if (known) return known;
      const finding = find(id);
      seats.set(id, finding);
      const seat = await finding;
      // What is missing may be installed, what is broken mended: only a good seat is remembered.
      if (!seat.ok) seats.delete(id);
      return seat;
    },
  };
}
