import type { Database } from "../database/pool.ts";
import { markSeen, readInbox } from "../inbox/index.ts";
import type { Hub } from "../log/hub.ts";
import type { Endpoints } from "./endpoint.ts";

export function inboxEndpoints({
  database,
  hub,
  now,
}: {
  database: Database;
  hub: Hub;
  now(): Date;
}): Pick<Endpoints, "inbox" | "inboxSeen"> {
  return {
    async inbox() {
      // Before the rows are read, so that they hold everything up to it.
      const { position } = hub;
      return { ...(await readInbox(database)), position };
    },
    async inboxSeen({ body: { at } }) {
      // What has not happened yet nobody has seen, whatever the caller's clock says.
      await markSeen(database, new Date(Math.min(Date.parse(at), now().getTime())));
      return {};
    },
  };
}
