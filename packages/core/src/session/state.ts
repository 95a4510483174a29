/** What a session's log says now. Plain data: the same on the server, on a runner, in a client, and stored as a snapshot. */
import type { Answer, ApprovalSubject } from "../approval.ts";
import type { Actor, Assignment, SessionSpec, Verdict } from "../events.ts";
import type { TurnFailure } from "../failure.ts";
import type { Review } from "../review.ts";
import type { Outcome, Phase, TaskSpec } from "../task.ts";
import type { ToolKind } from "../tool.ts";
import type { ServedUsage } from "../usage.ts";
import type { Candidate, Evidence, WorkRequest, WorkResult } from "../work.ts";

export interface OpenTurn {
  id: string;
  origin: "prompt" | "resumption" | "background";
  text: string;
  startedAt: string;
  /** Whether a runner has opened the harness for it. */
  begun: boolean;
  interruptRequested: boolean;
  /** Steering texts that the harness has not taken yet. */
  steers: { id: string; text: string }[];
  /** Calls that were requested and not finished. */
  calls: { id: string; kind: ToolKind; name: string; title: string }[];
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
  answered?: { answer: Answer; reason?: string; by: Actor; at: string; via: "person" | "preapproved" };
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
  /** Every finding of every round, in order. */
  findings: (Verdict["findings"][number] & { round: number })[];
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
  harness: { nativeId: string; version: string; model: string | null; vendor: string | null } | null;
  turn: OpenTurn | null;
  /** How many turns were started. */
  turns: number;
  lastTurn: EndedTurn | null;
  /** The last message of the open turn, bounded. */
  lastMessage: string;
  approvals: Record<string, ApprovalState>;
  work: Record<string, WorkState>;
  tasks: Record<string, TaskState>;
  usage: ServedUsage[];
  /** The latest review that came in through the lent tool. */
  review: { turn: string; review: Review } | null;
}

export const isPending = (approval: ApprovalState): boolean =>
  approval.answered === undefined && approval.withdrawn === undefined;

/** Tasks that hold one of the request's places. */
export const activeTasks = (state: SessionState): TaskState[] =>
  Object.values(state.tasks).filter((task) => task.outcome === null && task.phase !== "waiting");

/** Work that was requested and not answered, in the order of the requests. */
export const pendingWork = (state: SessionState): WorkState[] =>
  Object.values(state.work).filter((work) => work.result === null);
