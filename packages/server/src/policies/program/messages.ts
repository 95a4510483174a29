/** What a policy's worker and who started it say to each other. */
import type { Action, PolicyPhase, Situation } from "@tutti/core";

export interface ProgramStart {
  name: string;
  source: string;
}

export interface ProgramQuestion {
  id: number;
  action: Action;
  params: unknown;
  state: unknown;
  situation: Situation;
}

export type ProgramAnswer =
  | { type: "ready"; summary: string; phases: readonly PolicyPhase[] }
  /** It cannot be loaded. */
  | { type: "broken"; message: string }
  /** `ruling` is JSON; null for no opinion. */
  | { type: "ruled"; id: number; ruling: string | null }
  | { type: "failed"; id: number; message: string };
