import { useQuery } from "@tanstack/react-query";
import type { HarnessCard } from "@tutti/core";
import { useMemo } from "react";
import { useClient } from "../connection/use-connection.ts";
import { hostsQuery } from "./queries.ts";

export type HarnessLook = Pick<HarnessCard, "title" | "mark" | "form" | "steer" | "images">;

/** How a harness is shown, by the cards that machines brought along. */
export function useHarnesses(): (id: string) => HarnessLook {
  const { data: hosts } = useQuery(hostsQuery(useClient()));
  return useMemo(() => {
    const cards = new Map((hosts ?? []).flatMap((host) => host.harnesses.map((card) => [card.id, card])));
    return (id) => cards.get(id) ?? unknown(id);
  }, [hosts]);
}

export const useHarness = (id: string): HarnessLook => useHarnesses()(id);

/** One that no machine has: its first two letters, with a cut corner. */
const unknown = (id: string): HarnessLook => ({
  title: id,
  mark: id.slice(0, 2),
  form: "cut",
  steer: false,
  images: false,
});
