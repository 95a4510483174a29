/** What is said to who does not see the screen: politely, or at once where something new waits for them. */
import { useSyncExternalStore } from "react";

interface Said {
  polite: string;
  assertive: string;
}

let said: Said = { polite: "", assertive: "" };
const listeners = new Set<() => void>();

/** Says a sentence once. */
export function announce(sentence: string, urgency: "polite" | "assertive" = "polite"): void {
  said = { ...said, [urgency]: sentence };
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Stands once in the page. */
export function Announcer() {
  const { polite, assertive } = useSyncExternalStore(subscribe, () => said);
  return (
    <>
      <div className="sr" aria-live="polite">
        {polite}
      </div>
      <div className="sr" aria-live="assertive">
        {assertive}
      </div>
    </>
  );
}
