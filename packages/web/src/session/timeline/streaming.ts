/** Text that is still being written: shown by whole lines. Pure. */

/** What of a text may be shown while it grows: up to its last whole line, or its last whole sentence in a long first line. */
export function wholeLines(text: string): string {
  const line = text.lastIndexOf("\n");
  const rest = text.slice(line + 1);
  // A paragraph without a line's end would stay away until it is over.
  const sentence = Math.max(rest.lastIndexOf(". "), rest.lastIndexOf(": "), rest.lastIndexOf("? "));
  return text.slice(0, line + 1 + sentence + 1);
}

/** Parts that can be drawn apart, each the same however the text goes on: divided at blank lines outside of code. */
export function paragraphs(text: string): string[] {
  const parts: string[] = [];
  let part: string[] = [];
  let fence = "";
  const end = () => {
    if (part.some((line) => line !== "")) parts.push(part.join("\n"));
    part = [];
  };
  for (const line of text.split("\n")) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== "") {
      part.push(line);
      if (mark?.startsWith(fence) && line.trim() === mark) fence = "";
      continue;
    }
    if (mark) fence = mark;
    // What is indented goes on with the list before it.
    if (line.trim() === "" && fence === "") part.push("");
    else {
      if (part.at(-1) === "" && !/^\s|^[-*+] |^\d+[.)] /.test(line)) end();
      part.push(line);
    }
  }
  end();
  return parts;
}
