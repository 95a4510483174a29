import type { HarnessFailure } from "@tutti/core";

const limits =
  /usage.?limit|insufficient_quota|quota exceeded|out of budget|available balance|credit balance|billing/i;
const login =
  /no api key|authentication|unauthorized|invalid.{0,10}api.?key|not logged in|\/login|re-authenticate/i;
const unknownModel = /model.{0,120}(not found|not exist|ambiguous)|unknown provider|no model selected/i;
const busy =
  /overloaded|high demand|rate.?limit|too many requests|server.?error|unavailable|terminated|timed? ?out|socket|network|connection|fetch failed|ECONN|ENOTFOUND|EAI_AGAIN|stream ended/i;

/** What a turn's last error means. `text` is what the model's service, or Pi before asking it, said. */
export function failureOfTurn(text: string): HarnessFailure {
  return { kind: kindOfTurn(text), message: text };
}

function kindOfTurn(text: string): HarnessFailure["kind"] {
  // Pi writes the status first ("429: {…}") or behind the provider's name ("openai API error (429): {…}").
  const status = Number(/^(\d{3})\b/.exec(text)?.[1] ?? /\((\d{3})\)/.exec(text)?.[1]);
  if (limits.test(text)) return "usage-limit";
  if (status === 401 || status === 403) return "not-logged-in";
  if (status === 404) return "model";
  if (status === 408 || status === 429 || status >= 500) return "overloaded";
  if (status >= 400) return "other";
  if (login.test(text)) return "not-logged-in";
  if (unknownModel.test(text)) return "model";
  return busy.test(text) ? "overloaded" : "other";
}

/** Why Pi ended before it could take a prompt, by what it wrote on stderr. */
export function failureOfStart(stderr: string): HarnessFailure {
  const text = stderr.trim();
  const message = text === "" ? "Pi ended before it was ready, without a word." : `Pi did not start: ${text}`;
  if (/failed to load extension|extension path does not exist/i.test(text)) return { kind: "gate", message };
  if (/no models available|no api key|no matching provider is authenticated/i.test(text))
    return { kind: "not-logged-in", message };
  if (unknownModel.test(text)) return { kind: "model", message };
  if (/no session found/i.test(text)) return { kind: "other", message };
  return { kind: "crashed", message };
}
