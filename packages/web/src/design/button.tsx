import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { classNames } from "./class-names.ts";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary`: one a surface. `risk`: loses something; never focused first, never with a key. */
  look?: "plain" | "primary" | "ghost" | "risk";
  size?: "small" | "usual" | "large";
  /** The key that does the same, as it is printed on the button. */
  shortcut?: string | undefined;
  /** Only an icon stands in it: `aria-label` says what it does. */
  icon?: boolean;
  children: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({
  look = "plain",
  size = "usual",
  shortcut,
  icon = false,
  className,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      className={classNames(
        "btn",
        look !== "plain" && `btn-${look}`,
        size !== "usual" && `btn-${size}`,
        icon && "btn-icon",
        className,
      )}
      {...rest}
    >
      {children}
      {shortcut !== undefined && <Key>{shortcut}</Key>}
    </button>
  );
}

/** A key of the keyboard, as it is printed beside what it does. */
export function Key({ children }: { children: ReactNode }) {
  return (
    <span className="kbd" aria-hidden="true">
      {children}
    </span>
  );
}
