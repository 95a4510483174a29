/** What a screen shows when there is nothing to show yet, nothing at all, or something went wrong. */
import { ProblemError, UnreachableError } from "@tutti/client";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

/** Rows in the real geometry, after a moment. */
export function SkeletonRows({ rows = 6, height = 32 }: { rows?: number; height?: number }) {
  return (
    <div aria-hidden="true" className="px-4">
      {Array.from({ length: rows }, (_, row) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: rows without content have no other name
          key={row}
          className="grid grid-cols-[14px_minmax(0,1fr)_34px] items-center gap-[10px]"
          style={{ height }}
        >
          <span className="skeleton !h-[14px] !rounded-full" />
          <span className="skeleton" style={{ width: `${75 - ((row * 17) % 40)}%` }} />
          <span className="skeleton" />
        </div>
      ))}
    </div>
  );
}

/** Says what will appear here, and gives one thing to press. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="mx-auto max-w-[420px] px-6 py-12">
      <h2 className="font-semibold">{title}</h2>
      {children !== undefined && <p className="mt-1 text-text-2">{children}</p>}
      {action !== undefined && <div className="mt-3">{action}</div>}
    </div>
  );
}

/** Stands where the thing is: what happened, and what to press. */
export function Trouble({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <div className="banner banner-error m-4" role="alert">
      <Icon name="warning" size={14} className="text-stop" />
      <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{troubleWords(error)}</span>
      {retry && (
        <Button size="small" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** What went wrong, in a sentence for a person. */
export function troubleWords(error: unknown): string {
  if (error instanceof ProblemError) return error.problem.detail;
  if (error instanceof UnreachableError) return "No connection to the server";
  return error instanceof Error ? error.message : String(error);
}
