import { useSyncExternalStore } from "react";

const dark = matchMedia("(prefers-color-scheme: dark)");

function subscribe(listener: () => void): () => void {
  const chosen = new MutationObserver(listener);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  dark.addEventListener("change", listener);
  return () => {
    chosen.disconnect();
    dark.removeEventListener("change", listener);
  };
}

const get = (): "light" | "dark" => {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : dark.matches ? "dark" : "light";
};

/** Which colours are shown now, for what cannot take them from the tokens by itself. */
export const useScheme = (): "light" | "dark" => useSyncExternalStore(subscribe, get);
