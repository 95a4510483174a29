import { createRequest, newId, newSessionId, RequestRefusedError, tasksOf } from "@tutti/client";
import type { Agent } from "@tutti/core";
import { useRef, useState } from "react";
import { useClient } from "../connection/use-connection.ts";
import { troubleWords } from "../design/screen-states.tsx";
import { budgetOf, type Draft, isOfRepository, tasksIn } from "./draft.ts";

export interface Starting {
  isStarting: boolean;
  /** Why it was not started, with what to do. */
  trouble: string | undefined;
  /** It could not be asked whether the agents are ready: it may be started all the same. */
  mayInsist: boolean;
  /** Answers the session's id; undefined when it was not started. */
  start(chosen: Chosen, insist?: boolean): Promise<string | undefined>;
}

export interface Chosen {
  draft: Draft;
  agent: Agent;
  /** Where the agent's file is. */
  file: string;
  host: string;
  /** The repository's root, as the machine found it. */
  repository: string;
}

/** Starts a request, once however often it is pressed: the same words are the same command until they are taken. */
export function useStart(): Starting {
  const client = useClient();
  const [isStarting, setStarting] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const [mayInsist, setMayInsist] = useState(false);
  const ids = useRef({ words: "", id: "", commandId: "" });

  /** Whether the agent's roles can be taken; a sentence when they cannot. */
  async function obstacle(agent: Agent, host: string): Promise<string | undefined> {
    const answer = await client.look(host, { type: "roster.check", agent });
    if (answer.type === "look.failed") throw new Error(answer.message);
    return answer.type === "roster.check" ? (answer.problem ?? undefined) : undefined;
  }

  return {
    isStarting,
    trouble,
    mayInsist,
    async start({ draft, agent, file, host, repository }, insist = false) {
      setStarting(true);
      setTrouble(undefined);
      setMayInsist(false);
      try {
        if (!insist) {
          const problem = await obstacle(agent, host).catch((error: unknown) => {
            setMayInsist(true);
            throw error;
          });
          if (problem !== undefined) {
            setTrouble(problem);
            return undefined;
          }
        }
        const words = JSON.stringify([draft, host, repository]);
        if (ids.current.words !== words)
          ids.current = { words, id: newSessionId(), commandId: newId("command") };
        const { id, commandId } = ids.current;
        return await createRequest(client, {
          ...{ id, commandId, host, agent, repository },
          repositoryAgent: isOfRepository(file, repository),
          target: draft.target === "" ? undefined : draft.target,
          tasks: tasksOf(tasksIn(draft), draft.contract.trim() === "" ? undefined : draft.contract.trim()),
          preapproved: draft.preapproved,
          budget: budgetOf(draft) ?? undefined,
        });
      } catch (error) {
        setTrouble(error instanceof RequestRefusedError ? error.message : troubleWords(error));
        return undefined;
      } finally {
        setStarting(false);
      }
    },
  };
}
