/** This device and the person's others: theme, keys, notifications, who is signed in. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, useSyncExternalStore } from "react";
import { PersonMenu } from "../app/person-menu.tsx";
import { selfQuery, signInsQuery } from "../app/queries.ts";
import { chooseTheme, chosenTheme, type Theme } from "../app/theme.ts";
import { useClient, useIsConnected } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { SkeletonRows, Trouble } from "../design/screen-states.tsx";
import { Section } from "../design/section.tsx";
import { Age } from "../design/time.tsx";
import { deviceHindrance, installOffer } from "../device/install.ts";
import { singleKeys, useSingleKeys } from "../keys/keys.ts";
import { ConfirmDevice } from "./confirm-device.tsx";
import { Notifications } from "./notifications.tsx";
import { PairDevice } from "./pair-device.tsx";

export function SettingsScreen() {
  const { data: self } = useQuery(selfQuery(useClient()));
  return (
    <section className="pane">
      <div className="bar">
        <h1>Settings</h1>
        {self && <span className="text-12 text-text-3">{self.name}</span>}
        <span className="gap" />
        <PersonMenu />
      </div>
      <div className="scroll">
        <div className="mx-auto flex max-w-[640px] flex-col px-4 py-2">
          <Look />
          <Keys />
          <Section title="Notifications">
            <Notifications />
          </Section>
          <Section title="Risky answers">
            <ConfirmDevice />
          </Section>
          <Install />
          <Section title="Another device">
            <PairDevice />
          </Section>
          <Section title="Signed in">
            <SignedIn />
          </Section>
        </div>
      </div>
    </section>
  );
}

const themes = {
  system: "As the system",
  light: "Light",
  dark: "Dark",
} as const satisfies Record<Theme, string>;

function Look() {
  const [theme, setTheme] = useState(chosenTheme());
  return (
    <Section title="Theme">
      <div className="seg">
        {Object.entries(themes).map(([name, title]) => (
          <button
            key={name}
            type="button"
            aria-pressed={theme === name}
            onClick={() => {
              chooseTheme(name as Theme);
              setTheme(name as Theme);
            }}
          >
            {title}
          </button>
        ))}
      </div>
    </Section>
  );
}

function Keys() {
  const single = useSingleKeys();
  return (
    <Section title="Keyboard">
      <label className="flex min-h-6 items-center gap-2">
        <input type="checkbox" checked={single} onChange={({ target }) => singleKeys.set(target.checked)} />
        Single keys act. Nothing that cannot be undone has one.
      </label>
    </Section>
  );
}

function Install() {
  const offer = useSyncExternalStore(installOffer.subscribe, installOffer.get);
  const hindrance = deviceHindrance();
  if (!offer && hindrance === undefined) return null;
  return (
    <Section title="App">
      {offer ? (
        <Button onClick={() => void offer()}>Install on this device</Button>
      ) : (
        <p className="text-text-2">{hindrance}</p>
      )}
    </Section>
  );
}

function SignedIn() {
  const client = useClient();
  const queries = useQueryClient();
  const isConnected = useIsConnected();
  const { data, error, refetch } = useQuery(signInsQuery(client));
  const [trouble, setTrouble] = useState<unknown>();
  if (error) return <Trouble error={error} retry={() => void refetch()} />;
  if (!data) return <SkeletonRows rows={2} />;
  const signOut = async (id: string) => {
    try {
      await client.revokeSignIn(id);
      await queries.invalidateQueries({ queryKey: ["sign-ins"] });
    } catch (cause) {
      setTrouble(cause);
    }
  };
  return (
    <>
      {trouble !== undefined && <Trouble error={trouble} />}
      <ul>
        {data.map(({ id, browser, seenAt, current }) => (
          <li key={id} className="flex min-h-9 items-center gap-3 py-1">
            <span className="cut flex-1" title={browser}>
              {browserName(browser)}
              {current && <span className="text-text-3"> (this one)</span>}
            </span>
            <span className="text-12 text-text-3">
              last seen <Age at={seenAt} /> ago
            </span>
            <Button size="small" disabled={!isConnected} onClick={() => void signOut(id)}>
              Sign out
            </Button>
          </li>
        ))}
      </ul>
      {data.length === 0 && <p className="text-text-2">No browser is signed in by a link.</p>}
    </>
  );
}

/** What people call a browser, of how it calls itself. */
function browserName(agent: string): string {
  const program = /(Edg|Firefox|Chrome|Safari)/.exec(agent)?.[1] ?? "Browser";
  const system = /(iPhone|iPad|Android|Windows|Mac OS X|Linux)/.exec(agent)?.[1];
  const name = program === "Edg" ? "Edge" : program;
  return system ? `${name} on ${system === "Mac OS X" ? "macOS" : system}` : name;
}
