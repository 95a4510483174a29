/**
 * The keyboard: single keys and two-key sequences. Inactive while somebody types, in dialogs, and where a person switched
 * single keys off. What is pressed is looked up in the latest layer that knows it.
 */
import { useEffect, useRef, useSyncExternalStore } from "react";

/** By key: `"j"`, `"g i"`, `"mod+k"` (Ctrl, on a Mac Command), `"alt+1"`, `"?"`. What answers false passes it on. */
export type KeyMap = Record<string, (event: KeyboardEvent) => unknown>;

const layers: { current: KeyMap }[] = [];
const settingsKey = "tutti.single-keys";
const sequenceMs = 1_500;
let listeners: (() => void)[] = [];

export const singleKeys = {
  get: (): boolean => localStorage.getItem(settingsKey) !== "off",
  set(on: boolean): void {
    localStorage.setItem(settingsKey, on ? "on" : "off");
    for (const listener of listeners) listener();
  },
  subscribe(listener: () => void): () => void {
    listeners = [...listeners, listener];
    return () => {
      listeners = listeners.filter((one) => one !== listener);
    };
  },
};

export const useSingleKeys = (): boolean => useSyncExternalStore(singleKeys.subscribe, singleKeys.get);

/** Keys that hold as long as who asks is on the screen. */
export function useKeys(keys: KeyMap): void {
  const layer = useRef(keys);
  layer.current = keys;
  useEffect(() => {
    layers.push(layer);
    return () => {
      layers.splice(layers.indexOf(layer), 1);
    };
  }, []);
}

let begun = { key: "", at: 0 };

function onKey(event: KeyboardEvent): void {
  // A composition of an input method is no key.
  if (event.defaultPrevented || event.isComposing || event.repeat) return;
  const modified = event.metaKey || event.ctrlKey || event.altKey;
  const name = nameOf(event);
  if (!modified) {
    if (isTyping(event.target) || document.querySelector("dialog[open]") || !singleKeys.get()) return;
    const now = performance.now();
    const sequence = now - begun.at < sequenceMs ? `${begun.key} ${name}` : "";
    begun = { key: name, at: now };
    if (sequence && run(sequence, event)) {
      begun = { key: "", at: 0 };
      return;
    }
  }
  run(name, event);
}

function run(name: string, event: KeyboardEvent): boolean {
  for (const { current } of layers.toReversed()) {
    const act = current[name];
    if (!act || act(event) === false) continue;
    event.preventDefault();
    return true;
  }
  return false;
}

function nameOf(event: KeyboardEvent): string {
  const digit = /^Digit(\d)$/.exec(event.code)?.[1];
  const key = event.altKey && digit ? digit : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return `${event.metaKey || event.ctrlKey ? "mod+" : ""}${event.altKey ? "alt+" : ""}${key}`;
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) ||
    target.closest(".xterm") !== null);

/** Begins to listen, once for the page. */
export function listenToKeys(): void {
  document.addEventListener("keydown", onKey);
}
