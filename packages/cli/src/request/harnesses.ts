import { harnesses } from "@tutti/runner";
import type { HarnessTitles } from "./words.ts";

/** What people call a harness; one that is not known here by its id. */
export const harnessTitles: HarnessTitles = (id) => {
  const known = harnesses.find(({ descriptor }) => descriptor.id === id)?.descriptor;
  return known ? { title: known.title, mark: known.mark } : { title: id, mark: id.slice(0, 2).toUpperCase() };
};
