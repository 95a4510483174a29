/** The front door of the push gate. */
export { type GateRemote, openPushGate, type PushGate, type PushGateOptions } from "./push-gate.ts";
