import type { OfferedTool } from "./conversation.ts";
import type { Wire } from "./scenario.ts";

/** One request for an answer, as it came and what became of it. */
export interface RecordedRequest {
  /** Counts the requests of one rehearsal from 1, in the order in which they came. */
  readonly order: number;
  readonly wire: Wire;
  readonly model: string;
  readonly stream: boolean;
  /** What the wire names the conversation by, else the empty string. */
  readonly conversation: string;
  /** System prompt and developer instructions. */
  readonly system: string;
  /** The texts that the user wrote, oldest first; what the client wrote in the user's name is left out. */
  readonly userTexts: readonly string[];
  readonly tools: readonly OfferedTool[];
  /** The whole parsed body, as the client sent it. */
  readonly body: unknown;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The part that plays and which of its answers is due (from 0); undefined when no part matched. */
  readonly cue: { readonly part: string; readonly index: number } | undefined;
  /** One line on why the answer is not the scenario's. */
  readonly problem: string | undefined;
  /** How it ended; resolves when the answer is over, never rejects. */
  readonly ended: Promise<Ending>;
}

/** `complete`: wholly answered; `refused`: by a status; `cut`: broken off by the scenario; `abandoned`: the client left. */
export type Ending = "complete" | "refused" | "cut" | "abandoned";

const mostKept = 500;
const mostBytes = 256 * 1024 * 1024;

/** The newest requests, oldest first: at most 500, and no more than 256 MiB of bodies. */
export function requestRecord(): {
  readonly list: readonly RecordedRequest[];
  add(request: RecordedRequest, bytes: number): void;
} {
  const list: RecordedRequest[] = [];
  const sizes: number[] = [];
  let total = 0;
  return {
    list,
    add(request, bytes) {
      list.push(request);
      sizes.push(bytes);
      total += bytes;
      while (list.length > 1 && (list.length > mostKept || total > mostBytes)) {
        list.shift();
        total -= sizes.shift() ?? 0;
      }
    },
  };
}
