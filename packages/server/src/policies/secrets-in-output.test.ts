import fc from "fast-check";
import { expect, test } from "vitest";
import { secretsInOutput } from "./secrets-in-output.ts";
import { situation } from "./testing.ts";

const params = secretsInOutput.params.parse({});
const kept = (text: string) => {
  const ruling = secretsInOutput.evaluate({ phase: "response", text }, params, undefined, situation);
  return ruling?.effect === "allow" ? (ruling.text ?? text) : text;
};

// Put together here, so that no scanner takes this file for a leak.
const random = "q7Xk2Vn9Lp4Rt8Wz3Bc6Mf1Hd5Js0Yg";
const made = (...parts: string[]) => parts.join("");
const pem = made("-----BEGIN RSA PRIVATE", " KEY-----\nMIIE\nabc+/=\n-----END RSA PRIVATE", " KEY-----");

test.each([
  ["an AWS key", made("AKIA", "IOSFODNN7EXAMPLA")],
  ["an AWS secret", `${made("wJalrXUtnFEMI/K7MDENG", "/bPxRfiCYEXAMPLEKEY")}`, "aws_secret_access_key = "],
  ["a GitHub token", made("ghp_", random, "abcde")],
  ["a fine-grained token", made("github_pat_", random, random)],
  ["a GitLab token", made("glpat-", "x7Kq2Vn9Lp4Rt8Wz3Bc6")],
  ["a Slack token", made("xoxb-", "123456789012-abcdefABCDEF")],
  ["a Stripe key", made("sk_live_", random)],
  ["an API key", made("sk-ant-api03-", random, random)],
  ["a project's API key", made("sk-proj-", random, random)],
  ["a Google key", made("AIza", "SyA1234567890abcdefghijklmnopqrstuv")],
  ["an npm token", made("npm_", random, "abcde")],
  ["a token of Tutti's own", made("tutti_person_", random, "abcdefAB-_CD")],
  ["a private key", pem],
  [
    "a web token",
    made("eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxMjM0NTY3ODkwIn0", ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"),
  ],
  ["a password in an address", "s3cr3t-Pw!", "postgres://ada:", "@db.host:5432/x"],
  ["an assignment", random, "MY_API_KEY="],
  ["an assignment in JSON", random, '{"clientSecret": "', '"}'],
  ["a bearer token", made(random, ".abc"), "Authorization: Bearer "],
])("takes out %s", (_, secret, before = "see ", after = " here") => {
  const text = kept(`first\n${before}${secret}${after}\nlast`);
  expect(text).not.toContain(secret);
  expect(text).toMatch(/^first\n[\s\S]*\[redacted: [^\]]+\][\s\S]*\nlast$/);
  expect(kept(text)).toBe(text);
});

test.each([
  "const key = process.env.API_KEY; token: string; password = getPassword(user)",
  "commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad\nAuthor: Ada <ada@engine.org>",
  "sha512-oaTrAziGr3zDLFiMt/yLU3nZuRMawyWQB5X1a0I7s9eGy3JYzX9l8ZXXHyMd64nz==",
  "550e8400-e29b-41d4-a716-446655440000 and sk-loading-indicator-with-a-very-long-name-in-css",
  "postgres://user:password@localhost/db and https://host:8080/path@x",
  "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
  "API_KEY=your-api-key-goes-here\nTOKEN=$TOKEN\npassword: changeme",
  "tokens: 1234, secretName: my-application-secret, keys: [a, b]",
  "export const tokenFile = path.join(state, 'tokens/runner.token')",
  "token=src/policies/shared/secrets.ts",
])("leaves %s", (text) => {
  expect(kept(text)).toBe(text);
});

test("what holds no mark of a secret stays as it is, and takes no time", () => {
  fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => kept(kept(text)) === kept(text)));
  const long = "token = aaaa password: _key_token_secret-----BEGIN eyJeyJ sk- ".repeat(5_000);
  const before = performance.now();
  kept(long);
  expect(performance.now() - before).toBeLessThan(2_000);
});

test("a request is not rewritten: it is let through, asked about or denied", () => {
  const action = { phase: "request", text: `use ${made("ghp_", random, "abcde")}` } as const;
  const rule = (requests: string) =>
    secretsInOutput.evaluate(action, secretsInOutput.params.parse({ requests }), undefined, situation);
  expect(rule("allow")).toBeUndefined();
  expect(rule("ask")).toMatchObject({ effect: "ask", reason: expect.stringContaining("a GitHub token") });
  expect(rule("deny")).toMatchObject({ effect: "deny" });
});
