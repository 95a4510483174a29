import { announce } from "./announce.tsx";

/** Puts a text on the clipboard and says so; says how to help oneself where the browser does not allow it. */
export function copyText(text: string, said: string): void {
  // Pages that came without TLS have no clipboard.
  const written = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"));
  written.then(
    () => announce(said),
    () => {
      const place = document.createElement("textarea");
      place.value = text;
      const back = document.activeElement;
      (document.querySelector("dialog[open]") ?? document.body).append(place);
      place.select();
      const isCopied = document.execCommand("copy");
      place.remove();
      if (back instanceof HTMLElement) back.focus();
      announce(isCopied ? said : `The browser does not allow it. The text is: ${text}`);
    },
  );
}
