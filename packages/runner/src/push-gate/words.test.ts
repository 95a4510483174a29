import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { publicUrl, redact, secretsIn } from "./redaction.ts";
import { isRefName } from "./ref-name.ts";

test("what is a name here is a name for git", () => {
  const piece = fc.constantFrom(
    "a",
    "/",
    ".",
    "..",
    "@",
    "{",
    "~",
    ":",
    "?",
    "*",
    "[",
    "\\",
    " ",
    ".lock",
    "é",
    "-",
    "refs/",
    "heads/",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const name = `refs/${pieces.join("")}`;
      const git = spawnSync("git", ["check-ref-format", name]).status === 0;
      expect([name, isRefName(name)]).toEqual([name, git]);
    }),
    { numRuns: 200 },
  );
});

test("no secret of an address is left in what is said about it", () => {
  const word = fc.stringMatching(/^[A-Za-z0-9%_.~-]{4,20}$/);
  fc.assert(
    fc.property(word, word, fc.constantFrom("https", "ssh", "http"), (user, password, scheme) => {
      const url = `${scheme}://${user}-u:${password}-p@host.example/x.git`;
      expect(publicUrl(url)).toBe(`${scheme}://host.example/x.git`);
      const said = redact(`fatal: cannot read '${url}', password ${password}-p`, secretsIn(url));
      expect(said).not.toContain(`${password}-p`);
      expect(said).not.toContain(`${user}-u`);
    }),
  );
  expect(publicUrl("https://host.example/x?private_token=abcdef#frag")).toBe("https://host.example/x");
  expect(publicUrl("git@host.example:me/x.git")).toBe("git@host.example:me/x.git");
  expect(redact("got abcdef", secretsIn("https://host.example/x?private_token=abcdef"))).toBe("got ***");
  expect(redact("sent tok3n-x", secretsIn("Authorization: Bearer tok3n-x"))).toBe("sent ***");
  expect(redact("\u001b[31mred\u0007\u202e", [])).toBe("[31mred");
});
