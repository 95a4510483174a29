/** The front door of the runner: what happens on a machine. */

export { holdCommandsOf } from "./confined-work.ts";
export { type ConfinementHere, confine, type EscapeResult, runEscapes } from "./confinement/index.ts";
export { openConfinementHere } from "./confinement-here.ts";
export { canaryScenario, type GateVerdict, openGateSelfTest } from "./gate-self-test.ts";
export { harnesses, settingsClaims } from "./harnesses/index.ts";
export { type HostOptions, type RunningHost, startHost } from "./host.ts";
export { sweepMarker } from "./process/sweep.ts";
export { checkRosters, type RosterMachine, type RosterProblem } from "./roster-check.ts";
export {
  type StartingObstacle,
  startingPoint,
  uncommittedAgentFile,
} from "./workspace/starting-point.ts";
export { doWork, type WorkContext } from "./workspace/work.ts";
