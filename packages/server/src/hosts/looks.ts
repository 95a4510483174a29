/**
 * Looks on their way: a person's question goes out on the machine's own stream and is answered by a request of the machine.
 * Nothing is stored. A server that stops forgets them, and who asked asks again.
 */
import type { Look, LookAnswer } from "@tutti/core";
import { askFrame } from "../log/frame.ts";
import type { Hosts } from "./hosts.ts";

export type Looked = { ok: true; answer: LookAnswer } | { ok: false; detail: string };

export interface Looks {
  /** Answers what the machine saw, or why it could not be asked. Aborting gives the place up at once. Never rejects. */
  ask(host: string, look: Look, signal: AbortSignal): Promise<Looked>;
  /** What a machine saw. One that nobody waits for, or that another machine was asked, is dropped. */
  answer(host: string, id: string, answer: LookAnswer): void;
}

/** How long a machine may take, in milliseconds. */
const patienceMs = 30_000;
/** How many looks may be on their way at once, over all machines. */
const most = 200;

export function openLooks(hosts: Hosts, newId: (prefix: string) => string): Looks {
  const waiting = new Map<string, { host: string; settle(looked: Looked): void }>();

  return {
    async ask(host, look, signal) {
      const no = (detail: string): Looked => ({ ok: false, detail });
      if (waiting.size >= most) return no(`${most} looks are on their way already: ask again in a moment`);
      const id = newId("look");
      const { promise, resolve } = Promise.withResolvers<Looked>();
      waiting.set(id, { host, settle: resolve });
      const timer = setTimeout(
        () => resolve(no(`the machine ${host} did not answer within ${patienceMs / 1_000} seconds`)),
        patienceMs,
      );
      const leave = () => resolve(no("nobody waits for the answer any more"));
      signal.addEventListener("abort", leave);
      try {
        if (signal.aborted) leave();
        else if (!hosts.tell(host, askFrame("look", { id, look }))) resolve(no(await absence(hosts, host)));
        return await promise;
      } finally {
        waiting.delete(id);
        clearTimeout(timer);
        signal.removeEventListener("abort", leave);
      }
    },
    answer(host, id, answer) {
      const asked = waiting.get(id);
      if (asked?.host === host) asked.settle({ ok: true, answer });
    },
  };
}

/** Why a machine does not hear, by the name that people know it by. */
export async function absence(hosts: Pick<Hosts, "list">, host: string): Promise<string> {
  const known = (await hosts.list()).find(({ id }) => id === host);
  return known
    ? `the machine ${known.name} (${host}) is not connected: start Tutti on it`
    : `there is no machine ${host}`;
}
