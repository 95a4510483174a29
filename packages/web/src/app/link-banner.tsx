/** Says that the connection is lost: since when, what goes on, what to press. */
import { useConnection, useLink } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { clock } from "../design/words.ts";

export function LinkBanner() {
  const link = useLink();
  const { hub } = useConnection();
  if (link.state !== "lost") return null;
  return (
    <div className="banner m-2 !flex-none" role="status">
      <i className="dot dot-hollow" />
      <span className="min-w-0 flex-1">
        No connection since {clock(new Date(link.since).toISOString())}. Agents go on without you.
      </span>
      <Button size="small" onClick={() => hub.reconnect()}>
        Reconnect
      </Button>
    </div>
  );
}
