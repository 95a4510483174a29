import { type ReactNode, useId } from "react";

/** A part of a page, under its heading. */
export function Section({
  title,
  aside,
  children,
}: {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section className="border-b border-line py-4 last:border-0" aria-labelledby={id}>
      <div className="mb-2 flex items-center gap-3">
        <h2 id={id} className="flex-1 text-12 font-medium text-text-3">
          {title}
        </h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
