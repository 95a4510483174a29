import { type ReactNode, type Ref, useEffect, useId, useRef } from "react";

/**
 * A dialog over the page; on a phone, a sheet at its foot. Escape and a press outside close it. Focus goes to the first
 * control, or the one with `autoFocus`, and back to where it was. Mount it to open it.
 */
export function Dialog({
  title,
  describedBy,
  onClose,
  children,
  className,
}: {
  title: ReactNode;
  describedBy?: string;
  onClose(): void;
  children: ReactNode;
  className?: string;
}) {
  const dialog: Ref<HTMLDialogElement> = useRef(null);
  const id = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    shown?.querySelector<HTMLElement>("[data-autofocus]")?.focus();
    return () => shown?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={dialog}
      className={`dialog ${className ?? ""}`}
      aria-labelledby={id}
      aria-describedby={describedBy}
      onClose={onClose}
      onClick={({ target }) => {
        if (target === dialog.current) dialog.current?.close();
      }}
    >
      <h2 id={id} className="mb-3 text-16 font-semibold">
        {title}
      </h2>
      {children}
    </dialog>
  );
}
