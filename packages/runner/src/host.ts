/**
 * A machine joins the server and runs its sessions' runners: one stream of events in, commands out.
 *
 * The epoch that the server gives at joining is the host's lease; when another host process joins under the same id, every
 * command of this one is refused and it stops.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Client } from "@tutti/client";
import type { Command, Lease, Sent, SentLook, WorkRequest, WorkResult } from "@tutti/core";
import type { ConfinementHere } from "./confinement/index.ts";
import { deltaPost } from "./delta-post.ts";
import { harnessCard, toldHarnesses } from "./harness-card.ts";
import { openLooks } from "./looks/index.ts";
import { takeBackLogins } from "./model-proxy/index.ts";
import { loginRecords } from "./private-home.ts";
import { sweepMarker } from "./process/sweep.ts";
import { openSeating, type SeatingOptions } from "./seating.ts";
import { SessionRunner, type SessionRunnerOptions, type WorkAsked } from "./session-runner.ts";
import { openTerminals, type TerminalApi } from "./terminals/index.ts";

export interface HostOptions extends SeatingOptions {
  client: Client;
  /** How terminals reach the server. */
  api: TerminalApi;
  /** Stable for this machine and state folder. */
  id: string;
  name: string;
  /** A short 0700 folder for sockets: paths below it stay under 100 bytes. */
  runtimeFolder: string;
  /** Tutti's own folder on this machine. */
  stateFolder: string;
  /** Whether programs can be confined on this machine. */
  here(): Promise<ConfinementHere>;
  /** Carries out work; never rejects. */
  work(session: string, request: WorkRequest, asked: WorkAsked): Promise<WorkResult>;
  /** How long a call is held for a person before its turn is parked, in milliseconds. */
  holdMs: number;
  newId(prefix: string): string;
  log(message: string, error?: unknown): void;
}

export interface RunningHost {
  lease: Lease;
  /** Resolves when the host has lost its lease to another process. */
  superseded: Promise<void>;
  /** Ends every turn as lost, so that it is taken up again when a host is back. May be called again. */
  stop(): Promise<void>;
}

/** How long the server may take to hear what was looked at, in milliseconds. */
const answerMs = 30_000;

export async function startHost(options: HostOptions): Promise<RunningHost> {
  const { client, id, name, log } = options;
  // What a host of this id left behind when it died must not work on beside the new one.
  await sweepMarker(id, { below: true });
  await takeBackLogins({ records: loginRecords(options.stateFolder) }).catch((error) =>
    log("logins that were lent could not be taken back", error),
  );
  const told = await toldHarnesses(options);
  const { lease, position } = await client.join({ id, name, harnesses: told.map(harnessCard) });
  const runners = new Map<string, Promise<SessionRunner>>();
  /** Sessions that have nothing to do and are just being put away. */
  const resting = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  let supersede = () => {};
  const superseded = new Promise<void>((resolve) => {
    supersede = resolve;
  });

  async function send(session: string, commands: readonly Command[]): Promise<Sent[]> {
    const answers = await client.commands(
      commands.map((command) => ({ id: options.newId("command"), session, command, lease })),
    );
    for (const answer of answers)
      if (!answer.ok && answer.refusal.kind === "stale-lease") {
        log(`another host process took over: ${answer.refusal.message}`);
        supersede();
      }
    return answers;
  }

  const postDelta = deltaPost((delta) => client.delta({ lease, delta }));
  const seating = openSeating(options);
  const runnerOptions = (session: string): SessionRunnerOptions => ({
    ports: {
      send,
      load: (of) => client.session(of),
      delta: (of, delta) => postDelta({ session: of, ...delta }),
      work: options.work,
      image: ({ id: image }) => client.image(image),
      newId: options.newId,
      log,
    },
    seating,
    environment: options.environment,
    stateFolder: options.stateFolder,
    here: options.here,
    folder: join(options.runtimeFolder, createHash("sha256").update(session).digest("hex").slice(0, 12)),
    marker: `${id}/${session}`,
    holdMs: options.holdMs,
  });
  function runner(session: string): Promise<SessionRunner> {
    const known = runners.get(session);
    if (known) return known;
    // What the one before still holds (sockets, folders) is let go first.
    const free = resting.get(session) ?? Promise.resolve();
    const taken = free.then(() => SessionRunner.takeUp(session, runnerOptions(session)));
    runners.set(session, taken);
    taken.catch((error) => {
      log(`session ${session} could not be taken up`, error);
      runners.delete(session);
    });
    return taken;
  }

  function rest(session: string, one: SessionRunner): void {
    const done = one
      .rest()
      .catch((error) => log(`session ${session} could not be put to rest`, error))
      .finally(() => {
        if (resting.get(session) === done) resting.delete(session);
      });
    resting.set(session, done);
  }

  const look = openLooks({ ...options, now: () => performance.now() });
  async function answerLook({ id, look: asked }: SentLook): Promise<void> {
    const answer = await look(asked);
    // Who asked waits no longer than this.
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(answerMs)]);
    await client.answerLook(id, { lease, answer }, { signal });
  }

  const terminals = openTerminals({
    ...{ api: options.api, lease, environment: options.environment, log },
    marker: (terminal) => `${id}/${terminal}`,
  });

  const active = await client.sessions({ host: id, active: "true", limit: 1_000 });
  for (const session of active) void runner(session.id);

  const following = (async () => {
    for await (const message of client.followAll({ after: position, host: id, signal: stopping.signal })) {
      if (message.kind === "terminal") terminals.open(message.wanted);
      if (message.kind === "look")
        void answerLook(message.sent).catch((error) => {
          if (!stopping.signal.aborted) log("what was looked at could not be told", error);
        });
      if (message.kind !== "event") continue;
      const { session } = message.event;
      try {
        const one = await runner(session);
        await one.observe(message.event);
        if (one.idle) {
          runners.delete(session);
          rest(session, one);
        }
      } catch (error) {
        log(`session ${session} could not follow its log`, error);
      }
    }
  })();
  following.catch((error) => {
    if (!stopping.signal.aborted) log("the stream of events ended", error);
  });

  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= takeDown();
    return stopped;
  };
  // Whoever took over plays these sessions now; nothing of this host may work on beside it.
  void superseded.then(stop);
  return { lease, superseded, stop };

  async function takeDown(): Promise<void> {
    const all = await Promise.allSettled(runners.values());
    await Promise.all(all.map((one) => (one.status === "fulfilled" ? one.value.stop() : undefined)));
    stopping.abort();
    await terminals.close();
    await following.catch(() => {});
    await Promise.all(resting.values());
  }
}
