import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type Ref, useDeferredValue, useId, useImperativeHandle, useRef, useState } from "react";
import { lookQuery } from "../app/queries.ts";
import { useClient } from "../connection/use-connection.ts";

const limit = 30;

/** Finds files of a worktree by the letters of their paths. */
export function FindBox({
  host,
  root,
  handle,
  onOpen,
}: {
  host: string;
  root: string;
  handle: Ref<{ focus(): void }>;
  onOpen(path: string): void;
}) {
  const box = useRef<HTMLInputElement>(null);
  useImperativeHandle(handle, () => ({ focus: () => box.current?.focus() }), []);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const list = useId();
  const query = useDeferredValue(typed.trim());
  const { data } = useQuery({
    ...lookQuery(useClient(), host, { type: "files.find", root, query: query.slice(0, 200), limit }),
    enabled: query !== "",
    placeholderData: keepPreviousData,
  });
  const paths = query === "" ? [] : (data?.paths ?? []);
  const chosen = paths[Math.min(at, paths.length - 1)];
  const take = (path: string | undefined) => {
    if (path === undefined) return;
    setTyped("");
    onOpen(path);
  };
  return (
    <div className="find-box">
      <input
        ref={box}
        type="search"
        className="field"
        role="combobox"
        aria-label="Find a file"
        placeholder="Find a file"
        aria-expanded={paths.length > 0}
        aria-controls={list}
        {...(chosen !== undefined && { "aria-activedescendant": `${list}-${paths.indexOf(chosen)}` })}
        value={typed}
        onChange={({ target }) => {
          setTyped(target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "ArrowDown") setAt(Math.min(at + 1, paths.length - 1));
          else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
          else if (event.key === "Enter") take(chosen);
          else if (event.key === "Escape") {
            if (typed !== "") setTyped("");
            else event.currentTarget.blur();
          } else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <div id={list} role="listbox" aria-label="Files found" className="menu" hidden={typed.trim() === ""}>
        {paths.map((path, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the box takes the keys
          <div
            key={path}
            id={`${list}-${index}`}
            role="option"
            aria-selected={path === chosen}
            className="menu-item"
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(path)}
          >
            <code className="cut text-12" title={path}>
              {path}
            </code>
          </div>
        ))}
      </div>
      {typed.trim() !== "" && paths.length === 0 && data && (
        <p className="px-3 py-1 text-12 text-text-3" role="status">
          No file matches
        </p>
      )}
    </div>
  );
}
