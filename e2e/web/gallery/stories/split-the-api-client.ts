/** An agent at work on its own: its words come down the stream while somebody looks. */
import type { Delta } from "@tutti/core";
import { claude, worktreeOf } from "../names.ts";
import { calls, edits, reads, runs, says, seated, type Told, thinks, turn } from "../telling.ts";

const seat = {
  session: "split-the-api-client",
  title: "Split the API client",
  player: claude,
  workspace: worktreeOf("api-client"),
} as const;

export const splitTheApiClient: Told[] = [
  ...seated("13:37:40", seat),
  ...turn(seat, "split", {
    from: "13:37:42",
    text: "Split src/api/client.ts: one file for each resource, the transport apart. Keep the public names.",
    usd: 0.55,
    steps: [
      says("13:37:55", "The client has 1,140 lines and five resources. I move the transport out first."),
      thinks("13:38:05", "The retry logic is used by all of them, so it belongs with the transport."),
      reads("13:38:10", "src/api/client.ts", "export class ApiClient { … }\n"),
      calls(
        "13:38:20",
        {
          kind: "subagent",
          name: "Task",
          input: { description: "List the callers of ApiClient", prompt: "…" },
        },
        { seconds: 48, output: "27 callers in 14 files; none uses `request` directly." },
      ),
      calls(
        "13:39:10",
        {
          kind: "web",
          name: "WebFetch",
          input: { url: "https://developer.mozilla.org/docs/Web/API/AbortSignal" },
        },
        {
          seconds: 2,
          output: "AbortSignal.any() returns a signal that aborts when any of the given ones does.",
        },
      ),
      edits("13:40:00", "src/api/transport.ts", "@@ -0,0 +1,2 @@\n+export interface Transport {\n+}\n"),
      edits(
        "13:41:30",
        "src/api/todos.ts",
        "@@ -0,0 +1,1 @@\n+export const todos = (transport: Transport) => ({});\n",
      ),
      edits(
        "13:43:00",
        "src/api/client.ts",
        '@@ -1,3 +1,2 @@\n-export class ApiClient {\n-  …\n-}\n+export * from "./todos";\n+export * from "./lists";\n',
      ),
      runs(
        "13:44:10",
        "npx tsc --noEmit",
        "src/list.tsx(4,10): error TS2305: Module has no exported member 'ApiClient'.\n",
        5,
        false,
      ),
      runs("13:45:20", "npm test -- api", undefined),
    ],
  }),
];

/** What it is saying just now: not whole, so it stands in no log. */
export const unfinished: Delta = {
  session: seat.session,
  turn: "split",
  item: "split-item-unfinished",
  kind: "message",
  text: "The old name stays as a type, so that callers need no change. What is left is ",
};

/** How it goes on, piece by piece. */
export const goesOn: readonly string[] = [
  "`lists`, ",
  "`labels` ",
  "and `sync`.\n\n",
  "| file | lines |\n",
  "| --- | --- |\n",
  "| `transport.ts` | 210 |\n",
  "| `todos.ts` | 164 |\n\n",
  "I run the tests of the client now, ",
  "then those of what uses it. ",
];
