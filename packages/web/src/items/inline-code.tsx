/** A sentence in which code stands between back quotes. */
export function InlineCode({ text }: { text: string }) {
  return text.split("`").map((part, at) =>
    at % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a sentence have no other name
      <code key={at}>{part}</code>
    ) : (
      part
    ),
  );
}
