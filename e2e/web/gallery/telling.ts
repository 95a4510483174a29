/** The words in which a story is written: each makes entries of a log, at the times that it is given. */
import type {
  Actor,
  Evidence,
  eventSchema,
  HarnessChoice,
  ToolCall,
  TurnFailure,
  WorkRequest,
  WorkResult,
} from "@tutti/core";
import { home, host, later, type Player, person, program, runner, time } from "./names.ts";

/** An event as it is written down: what has a default may be left out. */
type Written = (typeof eventSchema)["_input"];

/** An entry of a log that has no place in it yet. */
export interface Told {
  session: string;
  at: string;
  by: Actor;
  event: Written;
}

export const told = (session: string, at: string, by: Actor, event: Written): Told => ({
  ...{ session, at: time(at), by, event },
});

/** A request that a program leads, from its creation to where its first task gets a place. */
export function request(
  session: string,
  at: string,
  {
    title,
    tasks,
    parallel = 4,
  }: {
    title: string;
    tasks: readonly { id: string; text: string; contract?: string }[];
    parallel?: number;
  },
): Told[] {
  const spec = {
    ...{ title, agent: "polly", host },
    orchestration: {
      name: "implement-review-merge",
      version: "1",
      input: { repository: "/home/jo/code/todos", target: "main" },
    },
  };
  return [
    told(session, at, person, { type: "session.created", spec }),
    ...tasks.map((task, index) =>
      told(session, later(at, 1 + index), program, { type: "task.created", task, parallel }),
    ),
  ];
}

/** Something that the machine does for a program. */
export const work = (
  session: string,
  id: string,
  at: string,
  seconds: number,
  asked: WorkRequest,
  result?: WorkResult,
): Told[] => [
  told(session, at, program, { type: "work.requested", work: id, request: asked }),
  ...(result
    ? [told(session, later(at, seconds), runner, { type: "work.finished" as const, work: id, result })]
    : []),
];

export const moved = (
  session: string,
  at: string,
  task: string,
  phase: Extract<Written, { type: "task.moved" }>["phase"],
  detail = "",
  round = 0,
): Told => told(session, at, program, { type: "task.moved", task, phase, round, detail });

export interface Seat {
  session: string;
  title: string;
  player: Player;
  workspace: string;
  /** The request that it works for, and as what; left out for a session of its own. */
  under?: { root: string; task: string; role: "implementer" | "reviewer" };
  choice?: Partial<HarnessChoice>;
}

/** An agent is seated. */
export function seated(at: string, { session, title, player, workspace, under, choice }: Seat): Told[] {
  const { harness, model, vendor } = player;
  const created = told(session, at, under ? program : person, {
    type: "session.created",
    spec: {
      ...{ title, agent: "polly", host, workspace },
      harness: { harness, model, ...choice },
      ...(under && { parent: under.root, task: under.task, role: under.role }),
    },
  });
  if (!under) return [created];
  const { root, task, role } = under;
  const assignment = { role, session, harness, model, vendor };
  return [created, told(root, later(at, 0.5), program, { type: "task.assigned", task, assignment })];
}

/** One thing that an agent does in a turn, at a time. */
export type Step = (place: { seat: Seat; turn: string; index: number }) => Told[];

const item =
  (at: string, kind: "message" | "reasoning", text: string, agent?: string): Step =>
  ({ seat, turn, index }) => [
    told(seat.session, at, runner, {
      type: "item.added",
      turn,
      item: { kind, id: `${turn}-item-${index}`, text, ...(agent && { agent }) },
    }),
  ];
export const says = (at: string, text: string, agent?: string): Step => item(at, "message", text, agent);
export const thinks = (at: string, text: string): Step => item(at, "reasoning", text);

type Wanted = Omit<ToolCall, "id" | "fingerprint">;

/** A call that the gate lets through; without `done` it still runs. */
export const calls =
  (at: string, wanted: Wanted, done?: { seconds: number; output: string; ok?: boolean }): Step =>
  ({ seat, turn, index }) => {
    const call = {
      id: `${turn}-call-${index}`,
      fingerprint: `${turn}-${index}`,
      cwd: seat.workspace,
      ...wanted,
    };
    return [
      told(seat.session, at, runner, {
        type: "tool.requested",
        turn,
        call,
        decision: { effect: "allow" },
        identity: `${call.kind} ${call.command ?? call.paths?.join(" ") ?? call.name}`,
      }),
      ...(done
        ? [
            told(seat.session, later(at, done.seconds), runner, {
              type: "tool.finished",
              turn,
              call: call.id,
              ok: done.ok ?? true,
              output: { text: done.output, cut: 0 },
            }),
          ]
        : []),
    ];
  };

export const runs = (at: string, command: string, output?: string, seconds = 2, ok = true): Step =>
  calls(
    at,
    { kind: "shell", name: "Bash", input: { command }, command },
    output === undefined ? undefined : { seconds, output, ok },
  );

export const reads =
  (at: string, path: string, output = ""): Step =>
  (place) =>
    calls(
      at,
      { kind: "read", name: "Read", input: { file_path: path }, paths: [`${place.seat.workspace}/${path}`] },
      { seconds: 0.2, output },
    )(place);

export const edits =
  (at: string, path: string, patch: string): Step =>
  (place) =>
    calls(
      at,
      {
        kind: "edit",
        name: "Edit",
        input: { file_path: path, patch },
        paths: [`${place.seat.workspace}/${path}`],
      },
      { seconds: 0.3, output: `The file ${path} has been updated.` },
    )(place);

/** One turn of an agent. Without `to` it is still open. */
export function turn(
  seat: Seat,
  id: string,
  {
    from,
    to,
    text,
    steps,
    usd,
    tokens = [4_200, 180_000, 9_000],
    by = seat.under ? program : person,
    failure,
    status = failure ? "failed" : "completed",
    opened = 3,
  }: {
    from: string;
    to?: string;
    text: string;
    steps: readonly Step[];
    /** What it costs; null for what nobody can price. */
    usd?: number | null;
    /** Read fresh, read from a cache, written. */
    tokens?: readonly [number, number, number];
    by?: Actor;
    failure?: TurnFailure;
    status?: Extract<Written, { type: "turn.ended" }>["status"];
    /** After how many seconds the harness is there; null while it is not. */
    opened?: number | null;
  },
): Told[] {
  const { session, player } = seat;
  const { model, vendor, version, costSource } = player;
  const [input, cacheRead, output] = tokens;
  const usage = {
    ...{ model, vendor, input, cacheRead, cacheWrite: 0, output },
    ...{ costUsd: usd ?? null, costSource: usd === null ? ("unknown" as const) : costSource },
  };
  const machine = { home, confined: true, pushGate: true };
  return [
    told(session, from, by, { type: "turn.started", turn: id, origin: "prompt", text }),
    ...(opened === null
      ? []
      : [
          told(session, later(from, opened), runner, {
            type: "harness.opened",
            nativeId: `${session}-native`,
            ...{ version, model, vendor, machine },
          }),
        ]),
    ...steps.flatMap((step, index) => step({ seat, turn: id, index })),
    ...(usd === undefined
      ? []
      : [told(session, to ?? later(from, 20), runner, { type: "usage.recorded" as const, turn: id, usage })]),
    ...(to === undefined
      ? []
      : [
          told(session, to, runner, {
            type: "turn.ended",
            turn: id,
            status,
            ...(failure && { failure }),
          }),
        ]),
  ];
}

/** What Tutti saw one of the project's commands do. */
export const saw = (
  name: string,
  command: string,
  treeHash: string,
  seconds: number,
  output: string,
  exitCode = 0,
): Evidence => ({
  ...{ name, command, exitCode, timedOut: false, durationMs: seconds * 1_000, treeHash },
  output: { text: output, cut: 0 },
  changedFiles: [],
  cached: false,
});
