/** Watches a request until its end or until the person leaves, and tells how it ended. */
import { type Client, newId } from "@tutti/client";
import { type SessionState, totalCost } from "@tutti/core";
import type { Cli } from "../cli.ts";
import { exitCodes } from "../exit-codes.ts";
import { allMerged, report } from "../report.ts";
import { type Line, plain } from "../terminal/text.ts";
import { loadRequest, type Request } from "./follow.ts";
import { harnessTitles } from "./harnesses.ts";
import { openScreen } from "./screen.ts";
import { watch } from "./watch.ts";
import { clock, counted, money, outcomeWords, short } from "./words.ts";

export interface PlayOptions {
  cli: Cli;
  client: Client;
  session: string;
  style: "blocks" | "story";
  json: boolean;
  /** Whether the work can go on without this process; else it is interrupted when the person leaves. */
  stays: boolean;
}

/** Leaves the exit code in `cli`. Resolves with the request when it ended; undefined when the person left. */
export async function playRequest(options: PlayOptions): Promise<Request | undefined> {
  const { cli, client, session, style, json, stays } = options;
  const leaving = new AbortController();
  const onSignal = () => {
    if (leaving.signal.aborted) process.exit(exitCodes.left);
    leaving.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    const screen = openScreen({ cli, titles: harnessTitles, style });
    const ended = await watch({
      cli,
      client,
      session,
      titles: harnessTitles,
      screen,
      asking: cli.interactive,
      leaving: leaving.signal,
    });
    if (!ended) {
      cli.exitCode = exitCodes.left;
      await leave(options);
      return undefined;
    }
    cli.exitCode = tellEnd(cli, ended, json, style === "blocks" && cli.stderr.isTTY === true);
    return ended;
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }

  async function leave({ session }: PlayOptions): Promise<void> {
    cli.say();
    if (stays) {
      cli.say(
        `Left. The work goes on: \`tutti attach ${session}\` watches it, \`tutti interrupt ${session}\` ends it.`,
      );
      return;
    }
    cli.say("The scripted models end with this command: interrupting the work.");
    await interruptRequest(client, session);
  }
}

/** Prints the summary, or the report as JSON; `seen`: the blocks stand on the screen already. */
function tellEnd(cli: Cli, { root, children }: Request, json: boolean, seen: boolean) {
  const told = report(root, children);
  if (json) cli.json(told);
  else for (const line of summary(root, children, seen)) cli.data(line);
  return allMerged(told) ? exitCodes.ok : exitCodes.short;
}

/** How each task ended, and what all of it took. */
function summary(root: SessionState, children: readonly SessionState[], seen: boolean): Line[] {
  const tasks = Object.values(root.tasks);
  const merged = tasks.filter(({ outcome }) => outcome === "merged").length;
  const cost = totalCost(children.flatMap(({ usage }) => usage));
  const lines = tasks.map(
    ({ spec, outcome, mergedCommit, outcomeDetail }): Line => [
      outcome === "merged" ? { text: "✓ ", look: "green" } : { text: "✗ ", look: "red" },
      mergedCommit ? `merged ${short(mergedCommit)}` : outcome ? outcomeWords[outcome] : "open",
      `  ${plain(spec.text)}`,
      ...(mergedCommit === null && outcomeDetail
        ? [{ text: `  ${plain(outcomeDetail)}`, look: "dim" as const }]
        : []),
    ],
  );
  const time = clock(Date.parse(root.updatedAt) - Date.parse(root.createdAt));
  return [
    ...(seen ? [] : lines),
    [`${merged} of ${counted(tasks.length, "task")} merged  ${time}  ${money(cost)}  session ${root.id}`],
  ];
}

/** Interrupts every open turn of a session and its children; answers how many. */
export async function interruptRequest(client: Client, session: string): Promise<number> {
  const { root, children } = await loadRequest(client, session);
  const open = [root, ...children].filter(({ turn }) => turn !== null);
  for (const { id } of open)
    await client.command({ id: newId("command"), session: id, command: { type: "turn.interrupt" } });
  return open.length;
}
