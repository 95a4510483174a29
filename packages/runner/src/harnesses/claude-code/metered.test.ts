import { expect, test } from "vitest";
import { isMetered } from "./metered.ts";
import { initialized } from "./wire.ts";

/** The answer to `initialize`, with what real versions say of the account. */
const account = (said: object | null) =>
  initialized.parse({ hook_on_failure_supported: true, models: [], account: said }).account;

test.each([
  [{ subscriptionType: "Claude Max", apiProvider: "firstParty" }, false],
  [{ subscriptionType: "Claude Pro", apiProvider: "firstParty" }, false],
  [{ subscriptionType: "Claude Team", apiProvider: "firstParty" }, false],
  [{ subscriptionType: "Claude Enterprise", apiProvider: "firstParty" }, true],
  [{ subscriptionType: "Claude API", apiProvider: "firstParty" }, true],
  [{ tokenSource: "CLAUDE_CODE_OAUTH_TOKEN", apiProvider: "firstParty" }, false],
  [{ tokenSource: "ANTHROPIC_AUTH_TOKEN", apiProvider: "firstParty" }, true],
  [{ apiKeySource: "ANTHROPIC_API_KEY", apiProvider: "firstParty" }, true],
  [{ subscriptionType: "Claude Max", apiKeySource: "apiKeyHelper" }, true],
  [{ apiProvider: "firstParty" }, true],
  [{}, true],
  [null, true],
])("an account of %j is metered: %s", (said, metered) => {
  expect(isMetered(account(said), "own")).toBe(metered);
});

test("whoever serves instead of the vendor is paid for", () => {
  const plan = account({ subscriptionType: "Claude Max" });
  expect(isMetered(plan, "redirected")).toBe(true);
  expect(isMetered(plan, "provider")).toBe(true);
});
