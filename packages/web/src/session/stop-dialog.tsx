import { makeOpener } from "../app/opener.ts";
import { useIsConnected } from "../connection/use-connection.ts";
import { announce } from "../design/announce.tsx";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { useSend } from "./use-send.ts";

const opener = makeOpener<readonly string[]>();

/** Asks whether the open turns of these sessions are to be stopped. */
export const openStop = (sessions: readonly string[]): void => {
  if (sessions.length > 0) opener.open(sessions);
};

export function StopDialog() {
  const sessions = opener.use();
  const { send, isSending, trouble } = useSend();
  const isConnected = useIsConnected();
  if (!sessions) return null;
  const stop = async () => {
    const done = await Promise.all(sessions.map((session) => send(session, { type: "turn.interrupt" })));
    if (!done.every(Boolean)) return;
    announce("Stopping");
    opener.close();
  };
  return (
    <Dialog title="Stop this session?" onClose={opener.close} describedBy="stop-words">
      <p id="stop-words" className="text-text-2">
        The worktree and its changes stay.
      </p>
      {trouble !== undefined && (
        <p className="mt-2 text-stop" role="alert">
          {trouble}
        </p>
      )}
      <div className="mt-4 flex flex-wrap justify-end gap-2">
        <Button look="primary" data-autofocus onClick={opener.close}>
          Keep running
        </Button>
        <Button
          look="risk"
          disabled={!isConnected || isSending}
          title={isConnected ? undefined : "No connection"}
          onClick={() => void stop()}
        >
          {isSending ? "Stopping…" : "Stop"}
        </Button>
      </div>
    </Dialog>
  );
}
