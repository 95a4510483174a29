import { newId } from "@tutti/client";
import type { Answer, Finding } from "@tutti/core";
import { useState } from "react";
import { useClient } from "../connection/use-connection.ts";
import { troubleWords } from "../design/screen-states.tsx";

export interface Answering {
  /** What is on its way; undefined when nothing is. */
  sending: "merge" | "send-back" | "decline" | undefined;
  /** Why the last answer was not taken. */
  trouble: string | undefined;
  /** Whether it was taken. */
  send(what: "merge" | "send-back" | "decline", answer: Given): Promise<boolean>;
}

export interface Given {
  approval: string;
  answer: Answer;
  reason?: string;
  notes?: Finding[];
}

/** Answers a question once; what the log makes of it is seen on the screen. */
export function useAnswer(session: string): Answering {
  const client = useClient();
  const [sending, setSending] = useState<Answering["sending"]>();
  const [trouble, setTrouble] = useState<string>();
  return {
    sending,
    trouble,
    async send(what, { approval, answer, reason, notes }) {
      setSending(what);
      setTrouble(undefined);
      try {
        const sent = await client.command({
          ...{ id: newId("command"), session },
          command: {
            ...{ type: "approval.resolve", approval, answer },
            ...(reason !== undefined && reason.trim() !== "" && { reason: reason.trim() }),
            ...(notes && notes.length > 0 && { notes }),
          },
        });
        if (!sent.ok) setTrouble(sent.refusal.message);
        return sent.ok;
      } catch (error) {
        setTrouble(troubleWords(error));
        return false;
      } finally {
        setSending(undefined);
      }
    },
  };
}
