/** Ctrl K: go anywhere, do anything. A combobox over places, sessions and acts; what is typed also searches transcripts. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { SessionSummary } from "@tutti/core";
import { type ReactNode, useDeferredValue, useId, useState } from "react";
import { useClient } from "../connection/use-connection.ts";
import { ActivityIcon, activityWord } from "../design/activity.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Icon } from "../design/icon.tsx";
import { repositoryName } from "../design/words.ts";
import { openKeys } from "./keys-dialog.tsx";
import { openNewSession } from "./new-session-opener.ts";
import { makeOpener } from "./opener.ts";
import { footPlaces, mainPlaces } from "./places.ts";
import { foundSessionsQuery, sessionsQuery } from "./queries.ts";
import { chooseTheme } from "./theme.ts";

const opener = makeOpener<true>();
export const openCommandBox = () => opener.open(true);

interface Choice {
  id: string;
  title: string;
  icon: ReactNode;
  /** What stands at the right. */
  aside?: string;
  act(): void;
}

export function CommandBox() {
  if (!opener.use()) return null;
  return (
    <Dialog
      title="Go to, or do"
      onClose={opener.close}
      className="!mt-[12vh] !w-[min(600px,calc(100vw-32px))]"
    >
      <Box />
    </Dialog>
  );
}

function Box() {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const list = useId();
  const choices = useChoices(typed);
  const chosen = choices[Math.min(at, choices.length - 1)];
  const take = (choice: Choice | undefined) => {
    opener.close();
    choice?.act();
  };
  return (
    <>
      <input
        className="field !py-2 text-14"
        data-autofocus
        role="combobox"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={chosen && `${list}-${chosen.id}`}
        aria-label="Search sessions, screens and commands"
        placeholder="Search sessions, screens and commands"
        value={typed}
        onChange={({ target }) => {
          setTyped(target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "ArrowDown") setAt(Math.min(at + 1, choices.length - 1));
          else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
          else if (event.key === "Enter") take(chosen);
          else return;
          event.preventDefault();
        }}
      />
      <div id={list} role="listbox" aria-label="Found" className="mt-2 max-h-[52vh] overflow-y-auto">
        {choices.map((choice) => (
          <div
            key={choice.id}
            id={`${list}-${choice.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={choice === chosen}
            className="menu-item"
            ref={choice === chosen ? (shown) => shown?.scrollIntoView({ block: "nearest" }) : undefined}
            onPointerMove={() => setAt(choices.indexOf(choice))}
            onClick={() => take(choice)}
            onKeyDown={() => {}}
          >
            {choice.icon}
            <span className="cut flex-1">{choice.title}</span>
            {choice.aside !== undefined && <span className="text-12 text-text-3">{choice.aside}</span>}
          </div>
        ))}
        {choices.length === 0 && <p className="px-2 py-3 text-text-2">Nothing is called so.</p>}
      </div>
    </>
  );
}

function useChoices(typed: string): Choice[] {
  const client = useClient();
  const navigate = useNavigate();
  const words = useDeferredValue(typed.trim());
  const { data: open = [] } = useQuery(sessionsQuery(client));
  const { data: found = [] } = useQuery({
    ...foundSessionsQuery(client, { search: words }),
    enabled: words.length > 1,
  });
  const isMeant = (title: string) => title.toLowerCase().includes(words.toLowerCase());
  const ofSession = ({ id, title, activity, repository }: SessionSummary): Choice => ({
    id,
    title,
    icon: <ActivityIcon activity={activity} label={activityWord(activity)} />,
    aside: repositoryName(repository),
    act: () => void navigate({ to: "/s/$id", params: { id } }),
  });
  const places = [...mainPlaces, ...footPlaces].map(
    ({ to, title, icon, key }): Choice => ({
      id: `place-${key}`,
      title,
      icon: <Icon name={icon} size={14} />,
      aside: `G ${key.toUpperCase()}`,
      act: () => void navigate({ to }),
    }),
  );
  const acts: Choice[] = [
    {
      id: "act-new",
      title: words ? `New session: ${words}` : "New session",
      icon: <Icon name="plus" size={14} />,
      aside: "C",
      act: () => openNewSession(words ? { text: words } : {}),
    },
    {
      id: "act-keys",
      title: "Keys",
      icon: <Icon name="more" size={14} />,
      aside: "?",
      act: openKeys,
    },
    ...(["light", "dark", "system"] as const).map(
      (theme): Choice => ({
        id: `act-${theme}`,
        title: `Theme: ${theme}`,
        icon: <Icon name="more" size={14} />,
        act: () => chooseTheme(theme),
      }),
    ),
  ];
  const named = open.filter(({ title }) => isMeant(title)).slice(0, 8);
  const said = found.filter(({ id }) => !named.some((one) => one.id === id)).slice(0, 8);
  return [
    ...named.map(ofSession),
    ...said.map(ofSession),
    ...places.filter(({ title }) => isMeant(title)),
    ...acts.filter(({ id, title }) => id === "act-new" || isMeant(title)),
  ];
}
