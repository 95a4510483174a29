import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useDeferredValue, useId, useState } from "react";
import { lookQuery } from "../app/queries.ts";
import { useClient } from "../connection/use-connection.ts";
import { type Asked, matching } from "./completion.ts";

export interface Completion {
  /** What stands in the text when it is taken. */
  value: string;
  title: string;
  does?: string;
}

export interface Completions {
  choices: readonly Completion[];
  at: number;
  listId: string;
  /** The element id of the chosen one. */
  active: string | undefined;
  /** Whether the key was one of the list's. */
  onKey(event: KeyboardEvent, take: (value: string) => void): boolean;
}

const fileLimit = 8;

/** What the word before the cursor can be completed as: commands, or files below a folder of a machine. */
export function useCompletions(
  asked: Asked | undefined,
  folder: string | undefined,
  host: string,
): Completions {
  const listId = useId();
  const [chosen, setChosen] = useState({ query: "", at: 0 });
  const [closedFor, setClosedFor] = useState<string>();
  const key = asked && `${asked.kind} ${asked.from} ${asked.query}`;
  const files = useFiles(asked, folder, host);
  const choices = !asked || closedFor === key ? [] : asked.kind === "command" ? commands(asked.query) : files;
  const at = chosen.query === key ? Math.min(chosen.at, choices.length - 1) : 0;

  return {
    choices,
    at,
    listId,
    active: choices.length > 0 ? `${listId}-${at}` : undefined,
    onKey(event, take) {
      if (choices.length === 0 || key === undefined) return false;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step !== undefined) setChosen({ query: key, at: (at + step + choices.length) % choices.length });
      else if (event.key === "Tab" || event.key === "Enter") {
        const choice = choices[at];
        // A command that is written out already is carried out by Enter.
        if (
          !choice ||
          (event.key === "Enter" && asked?.kind === "command" && choice.value === `/${asked.query}`)
        )
          return false;
        take(choice.value);
      } else if (event.key === "Escape") setClosedFor(key);
      else return false;
      event.preventDefault();
      event.stopPropagation();
      return true;
    },
  };
}

const commands = (query: string): Completion[] =>
  matching(query).map(({ name, takes, does }) => ({
    value: `/${name}`,
    title: takes === undefined ? `/${name}` : `/${name} ${takes}`,
    does,
  }));

function useFiles(asked: Asked | undefined, root: string | undefined, host: string): Completion[] {
  const client = useClient();
  const isAsked = asked?.kind === "file" && root !== undefined;
  const query = useDeferredValue(isAsked ? asked.query : "");
  const { data } = useQuery({
    ...lookQuery(client, host, { type: "files.find", root: root ?? "/", query, limit: fileLimit }),
    enabled: isAsked,
    placeholderData: (before) => before,
  });
  return isAsked ? (data?.paths ?? []).slice(0, fileLimit).map((path) => ({ value: path, title: path })) : [];
}
