/** Draws Markdown. Nothing is fetched for it: an image is its words and its address. */
import { type ComponentProps, memo, type ReactNode, useRef } from "react";
import ReactMarkdown, { type Components, type ExtraProps } from "react-markdown";
import remarkGfm from "remark-gfm";
import { Button } from "../design/button.tsx";
import { copyText } from "../design/copy-text.ts";
import { Icon } from "../design/icon.tsx";

const plugins = [remarkGfm];

/** Headings of a message stand below those of the page. */
const heading = (Level: "h3" | "h4" | "h5") =>
  function Heading({ node: _, ...props }: ComponentProps<"h3"> & ExtraProps) {
    return <Level {...props} />;
  };

const components: Components = {
  h1: heading("h3"),
  h2: heading("h3"),
  h3: heading("h4"),
  h4: heading("h5"),
  h5: heading("h5"),
  h6: heading("h5"),
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  ),
  img: ({ alt, src }) => (
    <span>
      {alt || "Image"} <code>{typeof src === "string" ? src : ""}</code>
    </span>
  ),
  pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
  table: ({ children }) => (
    <div className="table">
      <table>{children}</table>
    </div>
  ),
  input: ({ checked }) => (
    <input
      type="checkbox"
      checked={checked === true}
      readOnly
      disabled
      aria-label={checked ? "done" : "to do"}
    />
  ),
};

export const Prose = memo(function Prose({ text }: { text: string }) {
  return (
    <div className="prose">
      <ReactMarkdown remarkPlugins={plugins} components={components}>
        {text}
      </ReactMarkdown>
    </div>
  );
});

function CodeBlock({ children }: { children: ReactNode }) {
  const block = useRef<HTMLPreElement>(null);
  return (
    <div className="code-block">
      {/* Code that is wider than the page is scrolled with the keyboard, too. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <pre ref={block} tabIndex={0}>
        {children}
      </pre>
      <Button
        icon
        size="small"
        aria-label="Copy the code"
        onClick={() => copyText(block.current?.textContent ?? "", "Code copied")}
      >
        <Icon name="copy" size={14} />
      </Button>
    </div>
  );
}
