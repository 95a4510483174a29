/** The front door of the push gate. */
export { openPushGate, type PushGate } from "./push-gate.ts";
