/** Who: a harness's mark by its own card, a person's initials, Tutti itself. Form tells who, never colour. */
import { useHarness } from "../app/harnesses.ts";
import { Icon } from "./icon.tsx";

/** A harness's mark. Its name is the tooltip and the text alternative; give `beside` where the name stands next to it. */
export function Mark({ harness, beside = false }: { harness: string; beside?: boolean }) {
  const { mark, form, title } = useHarness(harness);
  const said = beside ? { "aria-hidden": true as const } : { role: "img", "aria-label": title };
  return (
    <span className={`mark mark-${form}`} title={title} {...said}>
      {mark}
    </span>
  );
}

export function LeadMark() {
  return (
    <span className="mark" title="Lead" role="img" aria-label="Lead">
      <Icon name="tutti" size={15} />
    </span>
  );
}

export function PersonMark({ name }: { name: string }) {
  return (
    <span className="mark mark-person" title={name} role="img" aria-label={name}>
      {initials(name)}
    </span>
  );
}

/** Up to two letters: of the first and the last word. */
export function initials(name: string): string {
  const words = name.trim().split(/[\s._-]+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? "")][0]);
  return letters.join("").toUpperCase() || "?";
}
