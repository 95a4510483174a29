/** Longer words are known by their beginning. */
const wordLimit = 100;

/**
 * The different words of a text: runs of letters, marks and digits in lower case, whatever the language. Both sides of the
 * search are cut into words here, so that they are the same on every database, whose own parser knows paths and hosts as
 * single words and other alphabets by its locale alone.
 */
export const searchWords = (text: string): string[] => [
  ...new Set(
    (
      text
        .normalize("NFKC")
        .toLowerCase()
        .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
    ).map((word) => [...word].slice(0, wordLimit).join("")),
  ),
];

/**
 * A tsquery, as text, for all of the words, of which the last may go on; undefined without any. Nothing but letters, marks
 * and digits of the text gets into it.
 */
export function searchQuery(text: string): string | undefined {
  const words = searchWords(text);
  if (words.length === 0) return undefined;
  return `${words.map((word) => `'${word}'`).join(" & ")}:*`;
}
