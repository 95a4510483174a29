import { hotParts } from "./hot-words.ts";

/** A command as it would run. What the texts name in it is what the risk lies in. */
export function CommandLine({ command, about = [] }: { command: string; about?: readonly string[] }) {
  return (
    <div className="cmd">
      <span className="select-none text-text-3" aria-hidden="true">
        $
      </span>
      <span className="min-w-0">
        {hotParts(command, about).map(({ text, hot }, index) =>
          hot ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a command have no other name
            <span key={index} className="hot">
              {text}
            </span>
          ) : (
            text
          ),
        )}
      </span>
    </div>
  );
}
