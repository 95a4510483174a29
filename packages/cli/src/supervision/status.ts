/** What the supervisor tells of itself: one line of JSON, whenever something changes. */
export interface Status {
  phase: "starting" | "ready" | "stopping";
  version: string;
  /** The supervisor's process. */
  pid: number;
  startedAt: string;
  /** Where the API listens for other programs; null while it does not. */
  url: string | null;
  /** Whether it listens there for other machines, too. */
  everywhere: boolean;
  /** The file with a person's token; null until the server was up once. */
  token: string | null;
  server: ChildStatus;
  host: ChildStatus;
}

export interface ChildStatus {
  /** Null while it is not there. */
  pid: number | null;
  ready: boolean;
  /** How often it was started again. */
  restarts: number;
}

/** A line as a status; undefined when it is none. */
export function readStatus(line: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(line);
    // A supervisor of an earlier version does not say it, and is stopped by this one all the same.
    const whole = isRecord(value) ? { everywhere: false, ...value } : value;
    return isStatus(whole) ? whole : undefined;
  } catch {
    return undefined;
  }
}

function isStatus(value: unknown): value is Status {
  return (
    isRecord(value) &&
    ["starting", "ready", "stopping"].includes(String(value.phase)) &&
    typeof value.version === "string" &&
    typeof value.pid === "number" &&
    typeof value.startedAt === "string" &&
    (typeof value.url === "string" || value.url === null) &&
    typeof value.everywhere === "boolean" &&
    (typeof value.token === "string" || value.token === null) &&
    isChildStatus(value.server) &&
    isChildStatus(value.host)
  );
}

const isChildStatus = (value: unknown): value is ChildStatus =>
  isRecord(value) &&
  (typeof value.pid === "number" || value.pid === null) &&
  typeof value.ready === "boolean" &&
  typeof value.restarts === "number";

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
