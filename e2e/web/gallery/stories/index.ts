/** What happened so far. To add a story: a file beside this one, and a line here. */
import type { Told } from "../telling.ts";
import { addDueDates } from "./add-due-dates.ts";
import { cliReferencePages, explainTheSyncProtocol } from "./at-rest.ts";
import { fixTheFlakyLoginTest, weeksBefore } from "./merged.ts";
import { offlineDrafts } from "./offline-drafts.ts";
import { searchIndex } from "./search-index.ts";
import { splitTheApiClient } from "./split-the-api-client.ts";
import { upgradeToVite } from "./upgrade-to-vite.ts";
import { webhookRetries } from "./webhook-retries.ts";

export { goesOn, unfinished } from "./split-the-api-client.ts";

export const stories: readonly Told[][] = [
  addDueDates,
  cliReferencePages,
  explainTheSyncProtocol,
  fixTheFlakyLoginTest,
  offlineDrafts,
  searchIndex,
  splitTheApiClient,
  upgradeToVite,
  webhookRetries,
  weeksBefore,
];
