/** The front door of confinement: a program runs with what its spec names, and nothing else. */
export { type Confinement, confine } from "./confine.ts";
export { plainEnvironment } from "./plain-environment.ts";
export { type EscapeOptions, type EscapeResult, runEscapes } from "./run-escapes.ts";
export { type ConfinementHere, confinementHere } from "./self-test.ts";
export type { ConfinementSpec } from "./spec.ts";
export { isSystems, toolchainFolders } from "./toolchain-folders.ts";
