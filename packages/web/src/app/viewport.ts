import { useSyncExternalStore } from "react";

export type Width = "phone" | "rail" | "full";

const phone = matchMedia("(max-width: 719px)");
const rail = matchMedia("(max-width: 1099px)");

const subscribe = (listener: () => void) => {
  for (const query of [phone, rail]) query.addEventListener("change", listener);
  return () => {
    for (const query of [phone, rail]) query.removeEventListener("change", listener);
  };
};

const get = (): Width => (phone.matches ? "phone" : rail.matches ? "rail" : "full");

/** How much room there is: one pane, a rail beside the content, or everything. */
export const useWidth = (): Width => useSyncExternalStore(subscribe, get);
