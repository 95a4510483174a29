/** A sentence whose `code` is set as such. */
export function InlineCode({ text }: { text: string }) {
  return text.split(/(`[^`]+`)/).map((piece, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have no other name
      <code key={index}>{piece.slice(1, -1)}</code>
    ) : (
      piece
    ),
  );
}
