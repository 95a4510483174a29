import type { ReactNode } from "react";
import { PersonMenu } from "./person-menu.tsx";
import { useWidth } from "./viewport.ts";

/** A screen of one column under its bar. */
export function Page({
  title,
  aside,
  isBusy = false,
  isWide = false,
  children,
}: {
  title: string;
  /** Stands at the right of the bar. */
  aside?: ReactNode;
  isBusy?: boolean;
  isWide?: boolean;
  children: ReactNode;
}) {
  const isPhone = useWidth() === "phone";
  return (
    <section className="pane" aria-label={title} aria-busy={isBusy}>
      <div className="bar">
        <h1>{title}</h1>
        <span className="gap" />
        {aside}
        {isPhone && <PersonMenu />}
      </div>
      <div className="scroll">
        <div className={`mx-auto flex flex-col px-4 py-2 ${isWide ? "max-w-[1040px]" : "max-w-[760px]"}`}>
          {children}
        </div>
      </div>
    </section>
  );
}
