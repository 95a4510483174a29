import type { HarnessFailure } from "@tutti/core";
import type { TurnError } from "./wire.ts";

type Kind = HarnessFailure["kind"];

const kinds: Readonly<Record<string, Kind>> = {
  usageLimitExceeded: "usage-limit",
  sessionBudgetExceeded: "usage-limit",
  rateLimitExceeded: "overloaded",
  serverOverloaded: "overloaded",
  flexUnavailable: "overloaded",
  policyCapacityUnavailable: "overloaded",
  internalServerError: "overloaded",
  httpConnectionFailed: "overloaded",
  responseStreamConnectionFailed: "overloaded",
  responseStreamDisconnected: "overloaded",
  responseTooManyFailedAttempts: "overloaded",
  modelNotFound: "model",
  unauthorized: "not-logged-in",
};

/** Why a turn failed. A last error without a word of its own is told by the error that was retried before it. */
export function turnFailure(error: TurnError | null | undefined, retried?: TurnError): HarnessFailure {
  if (!error) return { kind: "other", message: "The turn failed without a reason." };
  const own = kindOf(error);
  const sameAgain = retried?.additionalDetails === error.message;
  const kind = own === "other" && retried && sameAgain ? kindOf(retried) : own;
  return { kind, message: messageOf(error) };
}

function kindOf({ codexErrorInfo }: TurnError): Kind {
  if (!codexErrorInfo) return "other";
  if (typeof codexErrorInfo === "string") return kinds[codexErrorInfo] ?? "other";
  const [[word, detail] = ["", null]] = Object.entries(codexErrorInfo);
  const status = detail?.httpStatusCode;
  if (status === 401) return "not-logged-in";
  if (status === 404) return "model";
  if (status && status >= 400 && status < 500 && status !== 408 && status !== 429) return "other";
  return kinds[word] ?? "other";
}

/** The words of an error: a service's JSON is reduced to its message. */
function messageOf({ message, additionalDetails }: TurnError): string {
  const plain = /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(message)?.[1] ?? message;
  return additionalDetails && additionalDetails !== message ? `${plain} (${additionalDetails})` : plain;
}
