/**
 * Terminals: a person's WebSocket and the one that the machine dials for it are joined, and bytes pass both ways. What is
 * typed and shown is kept nowhere; that a terminal was opened, and ended, is in the audit before the first byte passes.
 */
import {
  type Actor,
  closeReason,
  type TerminalControl,
  type TerminalQuery,
  terminalCloses,
  terminalExitSchema,
  terminalResizeSchema,
} from "@tutti/core";
import { type RawData, WebSocket } from "ws";
import { auditDeed } from "../audit/index.ts";
import type { Database } from "../database/pool.ts";
import { askFrame } from "../log/frame.ts";
import type { Hosts } from "./hosts.ts";
import { absence } from "./looks.ts";

export interface Terminals {
  /** A person's socket has opened. Whatever is wrong from here on is told by its close. */
  open(person: WebSocket, wanted: TerminalQuery, by: Actor): void;
  /** Whether a machine is waited for under an id. */
  awaits(id: string, host: string): boolean;
  /** The machine's socket has opened. */
  join(machine: WebSocket, id: string): void;
  /** Ends all, and resolves when that is in the audit. None opens after it. */
  close(): Promise<void>;
}

interface Terminal {
  id: string;
  wanted: TerminalQuery;
  by: Actor;
  person: WebSocket;
  machine: WebSocket | undefined;
  /** Whether that it was opened is in the audit. */
  recorded: boolean;
  /** What the shell ended with, once it has. */
  exit: number | null | undefined;
  dialling: NodeJS.Timeout;
}

const most = 20;
/** How long a machine may take to dial, in milliseconds. */
const dialMs = 15_000;
/** How often both sides are asked whether they are there; who did not answer until the next time is gone. */
const pingMs = 30_000;
/** How long a side may take to say its part of the farewell, in milliseconds. */
const farewellMs = 2_000;
/** Bytes that may wait for one side: with more the other one is not read, with less it is read again. */
const high = 1024 * 1024;
const low = 256 * 1024;

export function openTerminals(parts: {
  hosts: Hosts;
  database: Database;
  now(): Date;
  newId(prefix: string): string;
  log(message: string, error?: unknown): void;
}): Terminals {
  const { hosts, database, now, newId, log } = parts;
  const all = new Map<string, Terminal>();
  /** What is being written to the audit. */
  const recording = new Set<Promise<void>>();
  let closed = false;

  const pinging = setInterval(() => {
    for (const { person, machine } of all.values()) for (const side of [person, machine]) ping(side);
  }, pingMs);
  pinging.unref();

  function end(terminal: Terminal, code: number, reason: string): void {
    if (!all.delete(terminal.id)) return;
    clearTimeout(terminal.dialling);
    for (const side of [terminal.person, terminal.machine]) if (side) bid(side, code, reason);
    if (terminal.recorded) keep(recordEnd(terminal));
  }

  function keep(writing: Promise<void>): void {
    const kept = writing.finally(() => recording.delete(kept));
    recording.add(kept);
  }

  const record = ({ by }: Terminal, kind: "terminal.opened" | "terminal.ended", facts: object) =>
    database.kysely.transaction().execute((tx) => auditDeed(tx, { at: now(), by, kind, facts }));

  const recordEnd = (terminal: Terminal): Promise<void> =>
    record(terminal, "terminal.ended", { terminal: terminal.id, exit: terminal.exit ?? null }).catch(
      (error) => log(`that the terminal ${terminal.id} ended could not be recorded`, error),
    );

  async function begin(terminal: Terminal, machine: WebSocket): Promise<void> {
    const { id, person, wanted } = terminal;
    const { host, folder } = wanted;
    try {
      await record(terminal, "terminal.opened", { terminal: id, host, folder });
    } catch (error) {
      log(`that the terminal ${id} was opened could not be recorded`, error);
      end(terminal, terminalCloses.unavailable, "it could not be recorded, so it was not opened: try again");
      return;
    }
    terminal.recorded = true;
    // It was ended meanwhile.
    if (!all.has(id)) return recordEnd(terminal);
    const malformed = (from: string) =>
      end(terminal, terminalCloses.malformed, `${from} sent what is no message of a terminal`);
    person.on("message", (data, isBinary) => {
      if (isBinary) return pass(data, person, machine);
      const control = read(terminalResizeSchema, data);
      if (control) machine.send(JSON.stringify(control));
      else malformed("the browser");
    });
    machine.on("message", (data, isBinary) => {
      if (isBinary) return pass(data, machine, person);
      const control = read(terminalExitSchema, data);
      if (!control) return malformed("the machine");
      terminal.exit = control.code;
      person.send(JSON.stringify(control));
    });
    person.resume();
    machine.resume();
  }

  return {
    open(person, wanted, by) {
      person.on("error", () => {});
      if (closed) return bid(person, terminalCloses.stopping, "the server is stopping");
      if (all.size >= most)
        return bid(person, terminalCloses.unavailable, `${most} terminals are open already: close one first`);
      const { host, ...size } = wanted;
      const id = newId("terminal");
      const late = () =>
        end(
          terminal,
          terminalCloses.unavailable,
          `the machine opened no terminal within ${dialMs / 1_000} seconds: try again`,
        );
      const terminal: Terminal = {
        ...{ id, wanted, by, person },
        ...{ machine: undefined, recorded: false, exit: undefined },
        dialling: setTimeout(late, dialMs),
      };
      all.set(id, terminal);
      person.once("close", () => end(terminal, terminalCloses.done, "the person left"));
      // What is typed before the shell is there waits on its way.
      person.pause();
      if (hosts.tell(host, askFrame("terminal", { id, ...size }))) return;
      void absence(hosts, host)
        .catch(() => `the machine ${host} is not connected`)
        .then((why) => end(terminal, terminalCloses.unavailable, why));
    },
    awaits(id, host) {
      const terminal = all.get(id);
      return terminal !== undefined && !terminal.machine && terminal.wanted.host === host;
    },
    join(machine, id) {
      machine.on("error", () => {});
      const terminal = all.get(id);
      if (!terminal || terminal.machine)
        return bid(machine, terminalCloses.unavailable, "nobody waits for this terminal any more");
      clearTimeout(terminal.dialling);
      terminal.machine = machine;
      machine.once("close", (code, reason) => {
        const told = code === terminalCloses.done || code >= 4_000;
        if (told) end(terminal, code, reason.toString());
        else end(terminal, terminalCloses.unavailable, "the machine went away");
      });
      machine.pause();
      keep(begin(terminal, machine));
    },
    async close() {
      closed = true;
      clearInterval(pinging);
      for (const terminal of [...all.values()])
        end(terminal, terminalCloses.stopping, "the server is stopping");
      while (recording.size > 0) await Promise.all(recording);
    },
  };
}

/** Sends bytes on, and stops reading where they come from while too many wait. */
function pass(data: RawData, from: WebSocket, to: WebSocket): void {
  if (to.readyState !== WebSocket.OPEN) return;
  to.send(data, { binary: true }, () => {
    if (from.isPaused && to.bufferedAmount < low) from.resume();
  });
  if (to.bufferedAmount > high) from.pause();
}

function read<T extends TerminalControl>(
  schema: { safeParse(value: unknown): { data?: T | undefined } },
  data: RawData,
): T | undefined {
  try {
    return schema.safeParse(JSON.parse(data.toString())).data;
  } catch {
    return undefined;
  }
}

/** Closes a side. One that says nothing to it is cut. */
function bid(side: WebSocket, code: number, reason: string): void {
  // The other's part of the farewell is read, too.
  side.resume();
  side.close(code, closeReason(reason));
  const timer = setTimeout(() => side.terminate(), farewellMs);
  side.once("close", () => clearTimeout(timer));
}

/** Sides that were asked and have not answered. */
const asked = new WeakSet<WebSocket>();

function ping(side: WebSocket | undefined): void {
  // An answer of one that is not read would not be heard.
  if (!side || side.readyState !== WebSocket.OPEN || side.isPaused) return;
  if (asked.has(side)) {
    side.terminate();
    return;
  }
  asked.add(side);
  side.once("pong", () => asked.delete(side));
  side.ping();
}
