import fc from "fast-check";
import { expect, test } from "vitest";
import { judge } from "./judge-corpus.ts";
import { layers, mentions, quotings, spellings, weightyLayers } from "./wrapping-layers.ts";

/** FUZZ_CASES asks for more cases than are looked at every time. */
const numRuns = Number(process.env.FUZZ_CASES ?? 300);

const chosen = fc.constantFrom;
const spelled = (words: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    fc.tuple(...words.map((word) => chosen(...quotings(word)))).map((all) => all.join(" ")),
    chosen(...spellings(words)),
  );
const around = (
  line: fc.Arbitrary<string>,
  most: number,
  through: readonly ((line: string) => string)[],
): fc.Arbitrary<string> =>
  fc
    .tuple(line, fc.array(chosen(...through), { maxLength: most }))
    .map(([inner, all]) => all.reduce((text, layer) => layer(text), inner));
/** Lines that carry the command out. */
const carriedOut = (words: readonly string[], most = 3) =>
  around(spelled(words), most, [...layers, ...weightyLayers]);
/** Lines that carry out something else, and hold a line that would carry the command out as a text. */
const mentioned = (words: readonly string[]) =>
  around(
    fc.tuple(carriedOut(words, 1), chosen(...mentions)).map(([line, mention]) => mention(line)),
    2,
    layers,
  );

const dangerous = [
  ["git", "push", "--force", "origin", "feature/x"],
  ["git", "push", "origin", "+main"],
  ["git", "reset", "--hard"],
  ["git", "branch", "-D", "main"],
  ["git", "clean", "-fdx"],
  ["rm", "-rf", "/"],
  ["rm", "-rf", "../other"],
  ["npm", "publish"],
  ["terraform", "destroy"],
];

test("no layers around a dangerous command let it through", () => {
  const line = fc.constantFrom(...dangerous).chain((words) => carriedOut(words));
  fc.assert(
    fc.property(line, (one) => {
      expect(judge(one).verdict, one).not.toBe("allow");
    }),
    { numRuns },
  );
});

test("a text about a dangerous command is no command", () => {
  const line = fc.constantFrom(...dangerous).chain((words) => mentioned(words));
  fc.assert(
    fc.property(line, (one) => {
      expect(judge(one), one).toMatchObject({ verdict: "allow" });
    }),
    { numRuns },
  );
});
