/** What a program that was started in the background tells the one that started it, over the channel between the two. */
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";

/** How a server is reached. */
export interface ServerPlace {
  url: string;
  /** Files with the tokens of a person and of a host. */
  personToken: string;
  hostToken: string;
}

export type StartReport =
  /** It does what it is for. A server says where it listens and where its tokens are. */
  | { type: "ready"; server?: ServerPlace }
  /** It cannot, and ends. */
  | { type: "failed"; message: string; exitCode: ExitCode };

/** Whether somebody else started this program and waits for it: no person reads what it writes. */
export const hasStarter = (): boolean => process.send !== undefined;

/** Tells how the start went. Does nothing in a program that nobody waits for. */
export async function tellStarter(report: StartReport): Promise<void> {
  if (!process.send) return;
  await new Promise<void>((resolve) => {
    process.send?.(report, undefined, undefined, () => resolve());
  });
}

/** Tells why the start failed. */
export const tellFailure = (error: unknown): Promise<void> =>
  tellStarter({
    type: "failed",
    message: error instanceof Error ? error.message : String(error),
    exitCode: error instanceof Failure ? error.exitCode : exitCodes.unreachable,
  });

/** A message of the channel as a report; undefined when it is none. */
export function startReport(message: unknown): StartReport | undefined {
  if (typeof message !== "object" || message === null || !("type" in message)) return undefined;
  if (message.type === "ready") {
    const server = "server" in message ? serverPlace(message.server) : undefined;
    return { type: "ready", ...(server && { server }) };
  }
  if (message.type !== "failed" || !("message" in message) || typeof message.message !== "string")
    return undefined;
  const given = "exitCode" in message ? message.exitCode : undefined;
  const exitCode = Object.values(exitCodes).find((code) => code === given) ?? exitCodes.unreachable;
  return { type: "failed", message: message.message, exitCode };
}

function serverPlace(value: unknown): ServerPlace | undefined {
  const place = {
    url: undefined,
    personToken: undefined,
    hostToken: undefined,
    ...(value as object | undefined),
  };
  const { url, personToken, hostToken } = place as Record<keyof ServerPlace, unknown>;
  return typeof url === "string" && typeof personToken === "string" && typeof hostToken === "string"
    ? { url, personToken, hostToken }
    : undefined;
}
