import { expect, test } from "vitest";
import { cutPath } from "./cut-path.ts";

test("a path is cut in its middle, and its name stays", () => {
  expect(cutPath("src/due.ts", 20)).toBe("src/due.ts");
  expect(cutPath("packages/web/src/review/due.ts", 20)).toBe("packages/web…/due.ts".slice(0, 20));
  expect(cutPath("packages/web/src/review/due.ts", 20)).toHaveLength(20);
  expect(cutPath("a/an-extraordinarily-long-name.ts", 12)).toBe("…ong-name.ts");
});
