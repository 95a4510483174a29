/** Who: a harness's mark by its own card, a person's initials, Tutti itself. Form tells who, never colour. */
import { useHarness } from "../app/harnesses.ts";
import { Icon } from "./icon.tsx";
import { initials } from "./initials.ts";

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
