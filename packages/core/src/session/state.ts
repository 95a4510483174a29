/** What a session's log says now. Plain data: the same on the server, on a runner, in a client, and stored as a snapshot. */
import type { Answer, ApprovalSubject, SessionRule } from "../approval.ts";
import type { Actor, Assignment, EventOf, Machine, SessionSpec, Verdict } from "../events.ts";
import type { TurnFailure } from "../failure.ts";
import type { Image } from "../image.ts";
import type { Decision, PolicyStates, PolicyUse } from "../policy.ts";
import type { PushFacts, PushOutcome } from "../push.ts";
import type { Finding, Review } from "../review.ts";
import type { Outcome, Phase, TaskSpec } from "../task.ts";
import type { ToolKind } from "../tool.ts";
import type { ServedUsage } from "../usage.ts";
import type { Candidate, Evidence, WorkRequest, WorkResult } from "../work.ts";

export interface OpenTurn {
  id: string;
  origin: "prompt" | "resumption" | "background";
  text: string;
  images: readonly Image[];
  startedAt: string;
  /** Whether a runner has opened the harness for it. */
  begun: boolean;
  interruptRequested: boolean;
  /** Steering texts that the harness has not taken yet. */
  steers: { id: string; text: string; images: readonly Image[] }[];
  /** Calls that were requested and not finished. */
  calls: OpenCall[];
}

export interface OpenCall {
  id: string;
  kind: ToolKind;
  name: string;
  title: string;
  identity: string;
  /** `asked`: a person is to decide. `consented`: a person allowed it. `allowed`: nobody had to be asked. */
  standing: "asked" | "consented" | "allowed";
}

/** A call that had begun when its machine went away: nobody can say whether it took effect. */
export interface UnsettledCall {
  turn: string;
  title: string;
  identity: string;
  /** A person had allowed this one call: it is not carried out again without them. */
  consented: boolean;
  at: string;
}

export interface PushState {
  id: string;
  turn: string | null;
  facts: PushFacts;
  decision: Decision;
  /** The question, when one was asked. */
  approval: string | null;
  outcome: PushOutcome | null;
}

export interface EndedTurn {
  id: string;
  status: "completed" | "interrupted" | "failed" | "parked";
  failure?: TurnFailure;
  /** The last message of the turn, bounded. */
  lastMessage: string;
}

export interface ApprovalState {
  id: string;
  subject: ApprovalSubject;
  requestedAt: string;
  answered?: {
    answer: Answer;
    reason?: string;
    /** What a person sent a merge back with. */
    notes?: Finding[];
    by: Actor;
    at: string;
    via: EventOf<"approval.resolved">["via"];
  };
  /** Set when the question ended without an answer. */
  withdrawn?: string;
  /** A tool's answer is used up by the call that it allowed or denied. */
  used: boolean;
}

export interface WorkState {
  id: string;
  request: WorkRequest;
  result: WorkResult | null;
}

export interface TaskFinding extends Finding {
  /** The review that found it; for a person's, the latest before it, or 0. */
  round: number;
  /** Absent when a reviewer found it. */
  by?: "person";
}

export interface TaskState {
  spec: TaskSpec;
  parallel: number;
  phase: Phase;
  round: number;
  detail: string;
  assignments: Assignment[];
  notes: { level: "info" | "warning"; text: string }[];
  /** The latest candidate, taken or rebased. */
  candidate: Candidate | null;
  /** What checks did on the latest tree that they ran on. */
  evidence: Evidence[];
  verdict: (Verdict & { patchId: string; round: number; carriedFrom?: string }) | null;
  /** Every finding, in order: of every review, and of a person who sent the merge back. */
  findings: TaskFinding[];
  consent: { commit: string; tree: string; target: string; head: string; unapproved: boolean } | null;
  outcome: Outcome | null;
  outcomeDetail: string;
  mergedCommit: string | null;
  startedAt: string;
  endedAt: string | null;
}

export interface SessionState {
  id: string;
  seq: number;
  createdAt: string;
  updatedAt: string;
  spec: SessionSpec;
  closed: string | null;
  closedBy: Actor["kind"] | null;
  harness: { nativeId: string; version: string; model: string | null; vendor: string | null } | null;
  /** How the agent is held, as last seen. */
  machine: Machine | null;
  /** The rules in force, those of the server first. */
  policies: PolicyUse[];
  policyStates: PolicyStates;
  /** What a person allowed for the rest of the session. */
  rules: SessionRule[];
  turn: OpenTurn | null;
  /** A turn that waits for a person before it begins. */
  held: { turn: string; text: string; images: readonly Image[]; approval: string } | null;
  /** Calls whose effect is not known. */
  unsettled: UnsettledCall[];
  /** How many turns were started. */
  turns: number;
  lastTurn: EndedTurn | null;
  /** The last message of the open turn, bounded. */
  lastMessage: string;
  approvals: Record<string, ApprovalState>;
  work: Record<string, WorkState>;
  tasks: Record<string, TaskState>;
  pushes: Record<string, PushState>;
  usage: ServedUsage[];
  /** The latest review that came in through the lent tool. */
  review: { turn: string; review: Review } | null;
}

export const isPending = (approval: ApprovalState): boolean =>
  approval.answered === undefined && approval.withdrawn === undefined;

/** Pushes that were requested and have no outcome. */
export const openPushes = (state: SessionState): PushState[] =>
  Object.values(state.pushes).filter(({ outcome }) => outcome === null);

/** Where a push stands: whether it may go to the remote, must not, or waits for a person. */
export function standingOfPush(state: SessionState, push: PushState): "allowed" | "refused" | "waiting" {
  if (push.decision.effect !== "ask") return push.decision.effect === "allow" ? "allowed" : "refused";
  const approval = push.approval === null ? undefined : state.approvals[push.approval];
  if (!approval || approval.withdrawn !== undefined) return "refused";
  if (!approval.answered) return "waiting";
  return approval.answered.answer === "allow" ? "allowed" : "refused";
}

/** Tasks that hold one of the request's places. */
export const activeTasks = (state: SessionState): TaskState[] =>
  Object.values(state.tasks).filter((task) => task.outcome === null && task.phase !== "waiting");

/** Work that was requested and not answered, in the order of the requests. */
export const pendingWork = (state: SessionState): WorkState[] =>
  Object.values(state.work).filter((work) => work.result === null);
