/**
 * Seats: the sessions that agents of a task sit in. Who takes a role is tried in the order of the roster; one that is down,
 * missing or not logged in gives its place to the next.
 */
import {
  type Agent,
  approves,
  type Candidate,
  type Evidence,
  type HarnessChoice,
  type OrchestrationContext,
  type Outcome,
  type PolicyUse,
  type Project,
  type Review,
  type Role,
  roster,
  type ServedUsage,
  type SessionSpec,
  submitReviewTool,
  type TaskSpec,
  TerminalError,
  type TurnFailure,
  type Vendor,
  type Verdict,
  vendorsDiffer,
} from "@tutti/core";
import {
  continueText,
  implementerSystem,
  implementText,
  type ReviewBrief,
  remindText,
  reviewerSystem,
  reviewText,
  takeOverText,
} from "./prompts.ts";
import { giveWork } from "./work.ts";

/** What the seats need to know of the task that they serve. */
export interface Table {
  readonly ctx: OrchestrationContext;
  readonly input: { agent: Agent; task: TaskSpec; repository: string; project: Pick<Project, "policies"> };
  /** Every seat that was taken, in order. */
  readonly seats: Seat[];
  /** The commit that the candidate stands on. */
  readonly base: string;
  note(level: "info" | "warning", text: string): Promise<unknown>;
}

export interface Seat {
  session: string;
  role: Role;
  harness: string;
  /** Its place in the role's roster. */
  place: number;
  /** The agent's last words; a reviewer never sees an implementer's. */
  lastMessage: string;
  /** Vendors of the models that served so far; null stands for an unknown one. Empty when none was served. */
  vendors: (Vendor | null)[];
}

/** Everybody whose models may have written a part of the change. */
const authors = (table: Table): (Vendor | null)[] => [
  ...new Set(table.seats.filter(({ role }) => role === "implementer").flatMap(({ vendors }) => vendors)),
];

export interface Ended {
  outcome: Outcome;
  detail: string;
}

/** How often a turn that the machine lost is started again. */
const lostLimit = 3;

interface Played {
  status: "completed" | "interrupted" | "failed" | "parked";
  failure?: TurnFailure;
  lastMessage: string;
  vendors: (Vendor | null)[];
  model: string | null;
  review: Review | null;
}

/** Starts a turn and answers its place in the log. One that a person has opened in the session comes to its end first. */
async function startTurn(ctx: OrchestrationContext, session: string, text: string): Promise<number> {
  for (;;) {
    const sent = await ctx.send(session, { type: "turn.start", turn: ctx.id("turn"), text });
    if (sent.ok) return sent.receipt.seq;
    const refused = new TerminalError(`a turn was refused: ${sent.refusal.message}`);
    if (sent.refusal.kind !== "conflict") throw refused;
    const free = await ctx.wait(session, ({ closed, turn, held }) =>
      closed !== null ? "never" : turn === null && held === null ? "now" : undefined,
    );
    if (free === "never") throw refused;
  }
}

/** Plays one turn to its end; a turn that went with its machine is taken up again. */
async function playTurn(ctx: OrchestrationContext, session: string, text: string): Promise<Played> {
  for (let lost = 0, say = text; ; lost += 1, say = continueText) {
    const seq = await startTurn(ctx, session, say);
    const played = await ctx.wait(session, (state): Played | undefined => {
      const { turn, held, lastTurn, usage, harness } = state;
      if (state.seq <= seq || turn !== null || held !== null || !lastTurn || lastTurn.status === "parked")
        return undefined;
      const { status, failure, lastMessage } = lastTurn;
      const served = usage.map(({ vendor }) => vendor);
      // A harness that tells of no tokens was served all the same, if the turn went through.
      if (served.length === 0 && status === "completed") served.push(harness?.vendor ?? null);
      return {
        status,
        ...(failure && { failure }),
        lastMessage,
        vendors: [...new Set(served)],
        model: usage.at(-1)?.model ?? harness?.model ?? null,
        review: state.review?.review ?? null,
      };
    });
    if (played.failure?.kind !== "lost" || lost >= lostLimit) return played;
  }
}

/** Opens a seat and notes who sits in it. */
async function open(
  table: Table,
  role: Role,
  choice: HarnessChoice,
  place: number,
  spec: Pick<SessionSpec, "workspace" | "systemPrompt" | "tools" | "policies" | "excludeVendors">,
): Promise<Seat> {
  const { ctx, input } = table;
  const session = ctx.id(role);
  const { host, theirs } = await ctx.wait(ctx.session, (state) => ({
    host: state.spec.host,
    theirs: state.policies.filter(({ level }) => level === "session"),
  }));
  const created = await ctx.send(session, {
    type: "session.create",
    spec: {
      title: `${role}: ${input.task.text.slice(0, 100)}`,
      agent: input.agent.name,
      host,
      harness: choice,
      parent: ctx.session,
      task: input.task.id,
      role,
      preapproved: [],
      ...(input.agent.confinement && { confinement: input.agent.confinement }),
      ...(input.agent.onNoAnswer && { onNoAnswer: input.agent.onNoAnswer }),
      ...spec,
      // What the person set for the request holds for each of its agents.
      policies: [...spec.policies, ...theirs],
    },
  });
  if (!created.ok) throw new TerminalError(`a session was refused: ${created.refusal.message}`);
  const seat: Seat = { session, role, harness: choice.harness, place, lastMessage: "", vendors: [] };
  table.seats.push(seat);
  await assign(table, seat, choice.model ?? null);
  return seat;
}

const assign = (table: Table, { role, session, harness, vendors }: Seat, model: string | null) =>
  table.ctx.send(table.ctx.session, {
    type: "task.assign",
    task: table.input.task.id,
    assignment: { role, session, harness, model, vendor: vendors.length === 1 ? (vendors[0] ?? null) : null },
  });

/** Says something to a seat and waits for the end of the turn. */
async function converse(table: Table, seat: Seat, text: string): Promise<Played> {
  const played = await playTurn(table.ctx, seat.session, text);
  seat.lastMessage = played.lastMessage;
  seat.vendors = played.vendors;
  if (played.status !== "failed") await assign(table, seat, played.model);
  return played;
}

const interrupted: Ended = { outcome: "interrupted", detail: "a person interrupted the agent" };

/** Seats an implementer and has the task done in the worktree. */
export function implement(table: Table, workspace: string, baseRed: Evidence[]): Promise<Seat | Ended> {
  const { task } = table.input;
  return seatImplementer(table, workspace, 0, (first) =>
    first ? implementText(task, baseRed) : takeOverText(implementText(task, baseRed)),
  );
}

/** Tries the roster from a place on until one does what `text` says. */
async function seatImplementer(
  table: Table,
  workspace: string,
  from: number,
  text: (first: boolean) => string,
): Promise<Seat | Ended> {
  const { agent } = table.input;
  const own = ownPolicies(table);
  const problems: string[] = [];
  for (const [index, choice] of roster(agent, "implementer").entries()) {
    if (index < from) continue;
    const seat = await open(table, "implementer", choice, index, {
      workspace,
      systemPrompt: implementerSystem(agent.instructions.implementer),
      tools: [],
      policies: [...own, { name: "workspace-only", params: {}, level: "agent" }],
      excludeVendors: [],
    });
    const played = await converse(table, seat, text(index === 0));
    if (played.status === "interrupted") return interrupted;
    if (played.status === "completed") return seat;
    problems.push(problem(choice, played.failure));
    await table.note("warning", `implementer ${problems.at(-1)}`);
  }
  return { outcome: "no-implementer", detail: problems.join("; ") || "no implementer is left in the roster" };
}

/**
 * Says something to the implementer that did the work, whose memory helps. When its vendor is down, the next of the roster
 * takes over the worktree.
 */
export async function speak(
  table: Table,
  seat: Seat,
  workspace: string,
  text: string,
): Promise<Seat | Ended> {
  const played = await converse(table, seat, text);
  if (played.status === "completed") return seat;
  if (played.status === "interrupted") return interrupted;
  await table.note("warning", `implementer ${seat.harness}: ${played.failure?.message ?? played.status}`);
  const task = implementText(table.input.task, []);
  return seatImplementer(table, workspace, seat.place + 1, () => takeOverText(`${task}\n${text}`));
}

/** Has the candidate reviewed by the first of the roster whose vendor is another than the implementer's. */
export async function review(
  table: Table,
  candidate: Candidate,
  brief: Omit<ReviewBrief, "diff">,
): Promise<Verdict | Ended> {
  const { agent, task, repository } = table.input;
  const implementerVendors = authors(table);
  if (implementerVendors.includes(null))
    return {
      outcome: "same-vendor",
      detail:
        "nobody can say who made the model that served the implementer: name its vendor in the agent file's provider",
    };
  const excludeVendors = implementerVendors.filter((vendor) => vendor !== null);
  const own = ownPolicies(table);
  const problems: string[] = [];
  let otherVendorTried = false;
  for (const [index, choice] of roster(agent, "reviewer").entries()) {
    const opened = await giveWork(table.ctx, {
      type: "review.open",
      task: task.id,
      repository,
      base: table.base,
      commit: candidate.commit,
      name: `${brief.round}-${index + 1}`,
    });
    if (opened.type !== "review.opened")
      return { outcome: "failed", detail: opened.type === "work.failed" ? opened.message : opened.type };
    const seat = await open(table, "reviewer", choice, index, {
      workspace: opened.folder,
      systemPrompt: reviewerSystem(agent.instructions.reviewer),
      tools: [submitReviewTool],
      policies: [...own, { name: "read-only", params: {}, level: "agent" }],
      excludeVendors,
    });
    let played = await converse(table, seat, reviewText({ ...brief, diff: opened.diff.text }));
    if (played.status === "completed" && !played.review) played = await converse(table, seat, remindText);
    await giveWork(table.ctx, { type: "review.close", task: task.id, folder: opened.folder });

    if (played.status === "interrupted") return interrupted;
    if (played.review && vendorsDiffer(implementerVendors, played.vendors)) {
      const { findings } = played.review;
      return {
        approved: approves(findings),
        tree: candidate.tree,
        findings,
        reviewer: seat.session,
        implementerVendors,
        reviewerVendors: played.vendors,
      };
    }
    const sameVendor = played.review !== null || played.failure?.kind === "vendor";
    otherVendorTried ||= !sameVendor && !absent(played.failure);
    problems.push(
      played.review
        ? `${choice.harness}: it was served by ${played.vendors.join(", ") || "an unknown vendor"}`
        : played.failure
          ? problem(choice, played.failure)
          : `${choice.harness}: it handed in no review, asked twice`,
    );
    await table.note("warning", `reviewer ${problems.at(-1)}`);
  }
  const told = problems.join("; ") || "the agent file names no reviewer";
  return otherVendorTried
    ? { outcome: "no-review", detail: told }
    : {
        outcome: "same-vendor",
        detail: `no reviewer of another vendor than ${excludeVendors.join(", ")} is there, and no agent reviews its own vendor's work: ${told}`,
      };
}

export async function closeSeats(table: Table): Promise<void> {
  for (const { session } of table.seats)
    await table.ctx.send(session, { type: "session.close", reason: "its task has ended" });
}

/** What every seat used, one entry per model. */
export async function seatsUsage(table: Table): Promise<ServedUsage[]> {
  const all: ServedUsage[] = [];
  for (const { session } of table.seats) all.push(...(await table.ctx.wait(session, ({ usage }) => usage)));
  return all;
}

/** The rules of the agent file and those of the repository, for each of the agent's sessions. */
const ownPolicies = ({ input: { agent, project } }: Table): PolicyUse[] => [
  ...agent.policies.map((use): PolicyUse => {
    // Programs need trust, and an agent file is read without: they stand in the repository's policy folder.
    if (use.name === "program" || use.name === "file")
      throw new TerminalError(
        `an agent file names built-in policies; ${use.name} stands in .tutti/policies/`,
      );
    return { ...use, level: "agent" };
  }),
  ...project.policies.map(
    ({ file, content }): PolicyUse => ({ name: "file", params: { file, content }, level: "agent" }),
  ),
];

const absent = (failure: TurnFailure | undefined): boolean =>
  failure !== undefined && ["missing", "not-logged-in", "settings", "gate"].includes(failure.kind);

const problem = ({ harness }: HarnessChoice, failure: TurnFailure | undefined): string =>
  `${harness}: ${failure?.message ?? "the turn failed"}`;
