import { newId } from "@tutti/client";
import type { Command } from "@tutti/core";
import { useCallback, useState } from "react";
import { useClient } from "../connection/use-connection.ts";
import { troubleWords } from "../design/screen-states.tsx";

/** Sends commands and tells what went wrong; a command that failed is not sent again by itself. */
export function useSend(): {
  /** Whether it was accepted. */
  send(session: string, command: Command): Promise<boolean>;
  isSending: boolean;
  trouble: string | undefined;
} {
  const client = useClient();
  const [open, setOpen] = useState(0);
  const [trouble, setTrouble] = useState<string>();
  const send = useCallback(
    async (session: string, command: Command) => {
      setOpen((count) => count + 1);
      setTrouble(undefined);
      try {
        const sent = await client.command({ id: newId("command"), session, command });
        if (!sent.ok) setTrouble(sent.refusal.message);
        return sent.ok;
      } catch (error) {
        setTrouble(troubleWords(error));
        return false;
      } finally {
        setOpen((count) => count - 1);
      }
    },
    [client],
  );
  return { send, isSending: open > 0, trouble };
}
