import type { Route } from "@tutti/core";
import type { z } from "zod";
import type { initialized } from "./wire.ts";

/** Plans with a flat price. An enterprise's may be paid for by use, which the program does not tell: it counts as metered. */
const flatPlans: readonly string[] = ["Claude Pro", "Claude Max", "Claude Team"];
/** A token that `claude setup-token` made from such a plan. */
const planTokens: readonly string[] = ["CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR"];

/** Whether what is used is paid for by use, by what the program says of the account. What is not known to be a plan is. */
export function isMetered(account: z.infer<typeof initialized>["account"], route: Route): boolean {
  if (!account || route !== "own" || account.apiKeySource) return true;
  const { tokenSource, subscriptionType } = account;
  if (tokenSource) return !planTokens.includes(tokenSource);
  return !flatPlans.includes(subscriptionType ?? "");
}
