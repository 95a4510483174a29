import { createInterface } from "node:readline";
import { type Client, newId } from "@tutti/client";
import type { Cli } from "../cli.ts";
import { connect } from "../connection.ts";
import { exitCodes } from "../exit-codes.ts";
import { findSession } from "../ids.ts";
import { examples, jsonOption } from "../options.ts";
import { report } from "../report.ts";
import type { Request } from "../request/follow.ts";
import { harnessTitles } from "../request/harnesses.ts";
import { openScreen } from "../request/screen.ts";
import { openTypedScreen } from "../request/typed-screen.ts";
import { watch } from "../request/watch.ts";
import { outcomeWords } from "../request/words.ts";
import type { Define } from "../verb.ts";

/** Watches a session from its beginning to its end; a typed line steers the agent at work. */
export const attach: Define = (command, cli) => {
  command
    .argument("<id>", "the session's id")
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti attach k7f")}\n\nA typed line goes to the agent at work. With several at work, begin it with the task's name and a colon.\nCtrl-C leaves; the work goes on. With --json the report comes at the end.`,
    )
    .action(async (id: string, { json }: { json?: boolean }) => {
      const client = await connect(cli.folders);
      const { id: session } = await findSession(client, id);
      await play(cli, client, session, json === true);
    });
};

async function play(cli: Cli, client: Client, session: string, json: boolean): Promise<void> {
  const leaving = new AbortController();
  const leave = () => {
    if (leaving.signal.aborted) process.exit(exitCodes.left);
    leaving.abort();
  };
  process.on("SIGINT", leave);
  process.on("SIGTERM", leave);
  let latest: Request | undefined;
  const attached = Promise.withResolvers<void>();
  const steer = async (line: string) => {
    await attached.promise;
    return latest && steered(client, latest, line);
  };
  const typed = cli.interactive ? openTypedScreen(cli, steer) : undefined;
  // Without a terminal the lines of a pipe steer, too.
  const piped = !typed && !cli.stdin.isTTY ? createInterface({ input: cli.stdin }) : undefined;
  piped?.on("line", (line) => void steer(line).then((said) => said && cli.say(said)));
  const ended = await watch({
    cli,
    client,
    session,
    titles: harnessTitles,
    screen: typed ?? openScreen({ cli, titles: harnessTitles, style: "story" }),
    asking: cli.interactive,
    leaving: leaving.signal,
    observe: (request) => {
      latest = request;
      attached.resolve();
    },
  });
  piped?.close();
  if (!ended) {
    cli.say(`Left. The work goes on: \`tutti attach ${session}\` watches it again.`);
    cli.exitCode = exitCodes.left;
    return;
  }
  if (json) cli.json(report(ended.root, ended.children));
  else
    for (const { spec, outcome } of Object.values(ended.root.tasks))
      cli.data(`${outcome ? outcomeWords[outcome] : "open"}  ${spec.id}`);
}

/** Sends a line to the agent at work; answers what the person should know when it could not be sent. */
async function steered(
  client: Client,
  { root, children }: Request,
  line: string,
): Promise<string | undefined> {
  const text = line.trim();
  if (!text) return undefined;
  const atWork = [root, ...children].filter(({ turn }) => turn !== null);
  const [, task, rest] = /^([a-z0-9-]+):\s*(.+)$/s.exec(text) ?? [];
  const named = atWork.filter(({ spec }) => spec.task !== undefined && spec.task === task);
  const [one, ...others] = named.length > 0 ? named : atWork;
  if (!one) return "Nobody is at work: a line reaches an agent only while it works.";
  if (others.length > 0)
    return `Several are at work: begin the line with one of ${atWork.map(({ spec }) => `${spec.task}:`).join(" ")}`;
  const sent = await client.command({
    id: newId("command"),
    session: one.id,
    command: { type: "turn.steer", steer: newId("steer"), text: named.length > 0 ? (rest ?? text) : text },
  });
  return sent.ok ? undefined : sent.refusal.message;
}
