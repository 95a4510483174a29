import "../code/syntax.css";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { lookQuery } from "../app/queries.ts";
import { joined, type SyntaxState, syntaxOf, type Token, tokensOf } from "../code/syntax.ts";
import { useClient } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { classNames } from "../design/class-names.ts";
import { copyText } from "../design/copy-text.ts";
import { Empty, SkeletonRows, Trouble } from "../design/screen-states.tsx";

/** A file's text with the numbers of its lines. */
export function FileView({
  host,
  root,
  path,
  line,
  session,
  isChanged,
  onLine,
}: {
  host: string;
  root: string;
  path: string;
  /** The line that the address names. */
  line: number | undefined;
  session: string;
  isChanged: boolean;
  onLine(line: number): void;
}) {
  const { data, error, isPending, refetch } = useQuery({
    ...lookQuery(useClient(), host, { type: "file.read", root, path }),
    refetchOnWindowFocus: "always",
    retry: false,
  });
  return (
    <>
      <div className="file-bar">
        <code className="cut flex-1" title={path}>
          {path}
        </code>
        {data && <span className="text-12 text-text-3">{sizeWords(data.size)}</span>}
        {isChanged && (
          <Link
            to="/s/$id/changes"
            params={{ id: session }}
            search={{ file: path }}
            className="btn btn-small"
          >
            Open in changes
          </Link>
        )}
        <Button look="ghost" size="small" onClick={() => copyText(path, "Path copied")}>
          Copy path
        </Button>
      </div>
      {error ? (
        <Trouble error={error} retry={() => void refetch()} />
      ) : isPending ? (
        <SkeletonRows rows={14} height={20} />
      ) : data.text === null ? (
        <Empty title="No text">
          It is {sizeWords(data.size)} of something else, such as an image or a program: open it on the
          machine.
        </Empty>
      ) : (
        <>
          {data.text.cut > 0 && (
            <p className="banner">
              A long file: {sizeWords(data.text.cut)} of its middle are left out. Lines after that are not
              numbered as in the file.
            </p>
          )}
          <Lines path={path} text={data.text.text} line={line} onLine={onLine} />
        </>
      )}
    </>
  );
}

const lineHeight = 20;

function Lines({
  path,
  text,
  line,
  onLine,
}: {
  path: string;
  text: string;
  line: number | undefined;
  onLine(line: number): void;
}) {
  const lines = useMemo(() => text.replace(/\n$/, "").split("\n"), [text]);
  const tokens = useMemo(() => colours(path, lines), [path, lines]);
  const scroller = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    overscan: 20,
  });
  // The line of the address is led to once, and when another is named.
  const led = useRef<number>(undefined);
  useEffect(() => {
    if (line === undefined || led.current === line) return;
    led.current = line;
    virtual.scrollToIndex(Math.min(line, lines.length) - 1, { align: "center" });
  }, [line, lines.length, virtual]);
  const digits = String(lines.length).length;
  return (
    <section
      ref={scroller}
      className="scroll code-lines"
      aria-label={`Lines of ${path}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
      tabIndex={0}
    >
      <ol style={{ height: virtual.getTotalSize(), minWidth: "max-content" }}>
        {virtual.getVirtualItems().map(({ index, start }) => (
          <li
            key={index}
            value={index + 1}
            className={classNames("code-line", line === index + 1 && "code-line-named")}
            style={{ transform: `translateY(${start}px)` }}
          >
            <button
              type="button"
              style={{ width: `${digits + 3}ch` }}
              aria-label={`Line ${index + 1}`}
              aria-pressed={line === index + 1}
              tabIndex={-1}
              onClick={() => {
                led.current = index + 1;
                onLine(index + 1);
              }}
            >
              {index + 1}
            </button>
            <code>{coloured(lines[index] ?? "", tokens?.[index])}</code>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The tokens of every line; undefined for what stays plain. */
function colours(path: string, lines: readonly string[]): Token[][] | undefined {
  const syntax = syntaxOf(path);
  if (!syntax) return undefined;
  let state: SyntaxState;
  return lines.map((text) => {
    const found = tokensOf(syntax, text, state);
    state = found.state;
    return joined(found.tokens);
  });
}

function coloured(text: string, tokens: readonly Token[] | undefined): ReactNode {
  if (!tokens || tokens.length === 0) return text || " ";
  const pieces: ReactNode[] = [];
  let at = 0;
  for (const { from, to, kind } of tokens) {
    if (from > at) pieces.push(text.slice(at, from));
    pieces.push(
      <span key={from} className={`syntax-${kind}`}>
        {text.slice(from, to)}
      </span>,
    );
    at = to;
  }
  if (at < text.length) pieces.push(text.slice(at));
  return pieces;
}

function sizeWords(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 100) / 10} kB`;
  return `${Math.round(bytes / 100_000) / 10} MB`;
}
