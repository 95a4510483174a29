export { loadScenario, parseScenario, ScenarioError } from "./load-scenario.ts";
export type { Ending, RecordedRequest } from "./recorded-request.ts";
export { type Rehearsal, type RehearsalOptions, startRehearsal } from "./rehearsal.ts";
export { type Scenario, scenarioJsonSchema, scenarioSchema, type Wire, wires } from "./scenario.ts";
