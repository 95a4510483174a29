/**
 * What a timeline is made of: blocks, in the order in which they began. A block is one thing that was done or said; a turn's
 * block grows as the agent works, and is divided where the same session was asked something or told something in between.
 *
 * A block is changed in place; its `revision` grows with each change.
 */
import type {
  Actor,
  ApprovalSubject,
  Candidate,
  Decision,
  EventOf,
  Evidence,
  Image,
  Outcome,
  PushFacts,
  PushOutcome,
  Review,
  ServedUsage,
  ToolCall,
  TurnFailure,
} from "@tutti/core";
import type { CallCounts } from "./calls.ts";

/** What a turn was for, as far as the loaded events tell. */
export type Doing =
  | "implement"
  | "fix"
  | "review"
  | "check-fix"
  | "answer"
  | "resume"
  | "background"
  | "work";

/** What is known of a turn, whichever of its parts are loaded. */
export interface TurnFacts {
  session: string;
  turn: string;
  doing: Doing;
  startedAt: string | null;
  endedAt: string | null;
  status: EventOf<"turn.ended">["status"] | null;
  failure: TurnFailure | null;
  usage: ServedUsage[];
  /** What Tutti built of it. */
  candidate: Candidate | null;
  review: Review | null;
  /** Which parts of it are in the timeline, the first one first. */
  parts: TurnBlock[];
}

export interface MessageStep {
  kind: "message" | "reasoning";
  key: string;
  at: string;
  text: string;
  /** The sub-agent of the harness that said it. */
  agent: string | undefined;
}

export interface NoticeStep {
  kind: "notice";
  key: string;
  at: string;
  level: "info" | "warning";
  text: string;
}

export interface CallStep {
  kind: "call";
  key: string;
  at: string;
  call: ToolCall;
  decision: Decision;
  approval: string | undefined;
  /** It went through the gate, and is among its turn's counts. */
  isCounted: boolean;
  finished: { ok: boolean; output: EventOf<"tool.finished">["output"]; at: string } | null;
  revision: number;
}

export type Step = MessageStep | NoticeStep | CallStep;

interface Placed {
  /** By the position of its first event: the same in every reading of the log. */
  key: string;
  position: number;
  at: string;
  session: string;
  task: string | undefined;
  revision: number;
}

export interface WordsBlock extends Placed {
  kind: "words";
  by: Actor;
  text: string;
  /** What was sent along. */
  images: readonly Image[];
  /** What a task must fulfil, where the person said it. */
  contract: string | undefined;
  /** `null` while words that were sent into a turn have not reached it; undefined for other words. */
  delivered: boolean | null | undefined;
}

export interface TurnBlock extends Placed {
  kind: "turn";
  facts: TurnFacts;
  steps: Step[];
  counts: CallCounts;
  /** Steps that are never folded: failed and denied calls, warnings. */
  loud: Step[];
  /** How many of the steps lie before the words that end it: everything up to its last call. */
  bodyEnd: number;
}

export interface PreparedBlock extends Placed {
  kind: "prepared";
  branch: string;
  /** The set-up's commands. */
  setUp: { command: string; durationMs: number; ok: boolean }[] | null;
  evidence: Evidence[] | null;
}

export interface ChecksBlock extends Placed {
  kind: "checks";
  names: string[];
  /** Null while they go on. */
  evidence: Evidence[] | null;
  endedAt: string | null;
}

export interface CandidateBlock extends Placed {
  kind: "candidate";
  candidate: Candidate;
  rebased: boolean;
}

export interface QuestionBlock extends Placed {
  kind: "question";
  approval: string;
  subject: ApprovalSubject;
}

export interface PushBlock extends Placed {
  kind: "push";
  facts: PushFacts;
  decision: Decision;
  outcome: PushOutcome | null;
}

export interface NoteBlock extends Placed {
  kind: "note";
  level: "info" | "warning" | "failure";
  text: string;
}

export interface OutcomeBlock extends Placed {
  kind: "outcome";
  outcome: Outcome;
  detail: string;
  mergedCommit: string | null;
}

export type Block =
  | WordsBlock
  | TurnBlock
  | PreparedBlock
  | ChecksBlock
  | CandidateBlock
  | QuestionBlock
  | PushBlock
  | NoteBlock
  | OutcomeBlock;
