import type { ReactNode } from "react";
import { Icon } from "../design/icon.tsx";
import { useTimeline } from "./item.ts";

/** One line that opens to more. Whether it is open stays while the timeline is on the screen. */
export function Foldable({ id, label, children }: { id: string; label: ReactNode; children: ReactNode }) {
  const { isOpen, toggle } = useTimeline();
  const open = isOpen(id);
  return (
    <div>
      <button type="button" className="fold" aria-expanded={open} onClick={() => toggle(id)}>
        <Icon name="right" size={14} />
        {label}
      </button>
      {open && children}
    </div>
  );
}
