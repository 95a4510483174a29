/** The scenarios that every harness plays. To add one, add it to the file of its kind; a new kind is a new file. */
import { failures } from "./failures.ts";
import { gates } from "./gates.ts";
import { interventions } from "./interventions.ts";
import type { Scenario } from "./stage.ts";
import { turns } from "./turns.ts";

export const scenarios: readonly Scenario[] = [...turns, ...gates, ...interventions, ...failures];
