import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { maskBytes, maskText } from "./masked.ts";

async function masked(secret: string, pieces: readonly string[]): Promise<string> {
  const got: Buffer[] = [];
  for await (const chunk of Readable.from(pieces.map((piece) => Buffer.from(piece))).pipe(maskBytes(secret)))
    got.push(chunk);
  return Buffer.concat(got).toString();
}

test("a secret is masked wherever a text is cut, and all else is passed on", async () => {
  const secret = "abacab";
  // Texts of few letters, so that beginnings of the secret are everywhere.
  const piece = fc.oneof(
    fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 }),
    fc.constant(secret),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      expect(await masked(secret, pieces)).toBe(maskText(pieces.join(""), secret));
    }),
    { numRuns: 500 },
  );
});

test("what cannot be a secret's beginning is not held back", async () => {
  const mask = maskBytes("secret");
  mask.write("data: 1\n\n");
  expect(mask.read().toString()).toBe("data: 1\n\n");
  mask.write("a sec");
  expect(mask.read().toString()).toBe("a ");
  mask.end("ond");
  expect(mask.read().toString()).toBe("second");
});
