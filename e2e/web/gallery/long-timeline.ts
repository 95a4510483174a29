/** A session with a timeline of any length, for measuring: a realistic mix of what agents say and do, the same each time. */
import { claude, later, worktreeOf } from "./names.ts";
import { calls, edits, reads, runs, type Step, says, seated, type Told, thinks, turn } from "./telling.ts";

const seat = {
  session: "long-timeline",
  title: "Port the old client",
  player: claude,
  workspace: worktreeOf("port"),
} as const;

/** Things that a turn shows before the next one begins. */
const perTurn = 250;

export function longTimeline(items: number): Told[] {
  const story = seated("2026-03-13T00:00:00Z", seat);
  let at = Date.parse("2026-03-13T00:00:10Z");
  const stepMs = Math.min(1_500, Math.floor(80_000_000 / items));
  const clock = () => {
    at += stepMs;
    return new Date(at).toISOString();
  };
  for (let done = 0; done < items; done += perTurn) {
    const from = clock();
    const steps = Array.from({ length: Math.min(perTurn, items - done) }, (_, index) =>
      step(done + index, clock()),
    );
    story.push(
      ...turn(seat, `part-${done / perTurn + 1}`, {
        ...{ from, to: later(clock(), 0), usd: 0.12, opened: 0, steps },
        text: `Go on with part ${done / perTurn + 1}: port the next modules and keep the tests green.`,
      }),
    );
  }
  return story;
}

function step(n: number, at: string): Step {
  const file = `src/part-${n % 37}/module-${n % 211}.ts`;
  switch (n % 10) {
    case 0:
      return says(at, prose[Math.floor(n / 10) % prose.length] ?? "");
    case 1:
      return thinks(
        at,
        `Module ${n % 211} leans on the old clock. If I pass the time in, its tests need no fake timers.`,
      );
    case 2:
    case 3:
      return reads(at, file, `${"export const value = compute();\n".repeat((n % 40) + 3)}`);
    case 4:
      return runs(at, `rg -n "oldClient\\(" src | head -${n % 50}`, `${file}:12\n${file}:48\n`, 0.1);
    case 5:
    case 6:
      return edits(
        at,
        file,
        `@@ -${n % 90},1 +${n % 90},1 @@\n-  const client = oldClient();\n+  const client = open(transport);\n`,
      );
    case 7:
      return runs(
        at,
        `npx vitest run ${file.replace(".ts", ".test.ts")}`,
        ` ✓ ${file} (${(n % 30) + 1} tests)\n`,
        1,
        n % 70 !== 7,
      );
    case 8:
      return calls(
        at,
        { kind: "search", name: "Grep", input: { pattern: `module-${n % 211}` } },
        {
          seconds: 0.1,
          output: Array.from({ length: n % 12 }, (_, i) => `src/a-${i}.ts:${i * 7 + 1}`).join("\n"),
        },
      );
    default:
      return calls(
        at,
        {
          kind: n % 20 === 9 ? "mcp" : "web",
          name: n % 20 === 9 ? "issues.search" : "WebFetch",
          input: { query: `module ${n}` },
        },
        { seconds: 0.1, output: "Nothing that is not in the code." },
      );
  }
}

const prose: readonly string[] = [
  "The next three modules share a shape, so I port them together.",
  "Done with this one:\n\n- `open(transport)` in the place of `oldClient()`\n- errors are values now\n- **no** behaviour changed\n\nNext is the one that the list uses.",
  "### What I found\n\nThe retry in `send` ran *inside* the lock. With a slow network all writers wait for one.\n\n```ts\nawait lock.run(() => retry(send, { times: 5 }));\n```\n\nI turn it around.",
  "| module | before | after |\n| --- | ---: | ---: |\n| send | 212 | 96 |\n| queue | 148 | 130 |\n\nThe tests of both pass.",
  "1. Read the callers\n2. Move the type\n3. Run the tests\n\n> `queue` has a caller outside `src`, in `scripts/seed.ts`.",
];
