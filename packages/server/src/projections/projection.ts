import type { LoggedEvent, SessionState } from "@tutti/core";
import type { Transaction } from "kysely";
import type { Schema } from "../database/schema.ts";

/** Writes what one append changes in a read model. `state` is the state after the events. */
export type Projection = (
  tx: Transaction<Schema>,
  state: SessionState,
  appended: readonly LoggedEvent[],
) => Promise<void>;
