/** Fills the product's log over its public API, as a host and a person would. */
import type { Command } from "@tutti/core";
import { longTimeline } from "../../e2e/web/gallery/long-timeline.ts";
import type { Told } from "../../e2e/web/gallery/telling.ts";
import type { Bench } from "../bench.ts";
import type { BenchHost, Tutti } from "../tutti.ts";

/** A session of a host that is the bench itself, in the middle of a turn. */
export interface OpenTurn {
  host: BenchHost;
  session: string;
  turn: string;
  end(): Promise<unknown>;
}

export async function openTurn(tutti: Tutti, bench: Bench, name: string): Promise<OpenTurn> {
  const host = await tutti.join(`bench-${name}`);
  const workspace = bench.makeFolder(name);
  const session = await tutti.create({
    title: name,
    host: host.id,
    harness: { harness: "none" },
    workspace,
  });
  const turn = "turn-1";
  await tutti.send(session, { type: "turn.start", turn, text: "Port the client." });
  return {
    ...{ host, session, turn },
    end: () => host.send(session, { type: "turn.end", turn, status: "completed" }),
  };
}

/** Sessions whose agents ask whether they may run a command. */
export async function askQuestions(tutti: Tutti, bench: Bench, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    bench.signal.throwIfAborted();
    const session = await tutti.create({
      title: `Question ${index + 1}`,
      host: tutti.host,
      harness: { harness: "fake" },
      workspace: bench.makeFolder("asks"),
      policies: [{ name: "ask-on-tools", params: { tools: ["shell"] }, level: "session" }],
    });
    await tutti.send(session, { type: "turn.start", turn: "turn-1", text: `fake:\n- shell: echo ${index}` });
    await tutti.seen(session, ({ type }) => type === "approval.requested");
  }
}

/**
 * The gallery's long session, in the product: answers its id. The policies judge only the last of the calls, which a page
 * shows first; those before them are told as words, which is as much for a page to pass over and far less for the server.
 */
export async function longSession(tutti: Tutti, bench: Bench, items: number): Promise<string> {
  const host = await tutti.join("bench-long");
  const session = await tutti.create({
    title: "Port the old client",
    host: host.id,
    harness: { harness: "none" },
    workspace: bench.makeFolder("long"),
  });
  let waiting: Command[] = [];
  const flush = async () => {
    bench.signal.throwIfAborted();
    if (waiting.length > 0) await host.sendAll(session, waiting);
    waiting = [];
  };
  const story = longTimeline(items);
  for (const [at, { event }] of story.entries()) {
    const command = at < story.length - judged ? inWords(event) : commandOf(event);
    if (!command) continue;
    if (command.type === "turn.start") {
      await flush();
      await tutti.send(session, command);
    } else {
      waiting.push(command);
      if (waiting.length === batch) await flush();
    }
  }
  await flush();
  return session;
}

/** As many as the server takes at once. */
const batch = 100;
/** Events at the end that are told as they are. */
const judged = 1_000;

function inWords(event: Told["event"]): Command | undefined {
  if (event.type === "tool.finished") return undefined;
  if (event.type !== "tool.requested") return commandOf(event);
  const { turn, call } = event;
  const text = `${call.name} ${JSON.stringify(call.input)}`;
  return { type: "item.add", turn, item: { kind: "reasoning", id: call.id, text } };
}

/** What makes the product tell such an event. */
function commandOf(event: Told["event"]): Command | undefined {
  switch (event.type) {
    case "turn.started":
      return { type: "turn.start", turn: event.turn, text: event.text };
    case "item.added":
      return { type: "item.add", turn: event.turn, item: event.item };
    case "tool.requested": {
      const { turn, call } = event;
      return { type: "tool.request", turn, approval: `ask-${turn}-${call.id}`, call };
    }
    case "tool.finished": {
      const { turn, call, ok, output } = event;
      return { type: "tool.finish", turn, call, ok, output };
    }
    case "turn.ended":
      return { type: "turn.end", turn: event.turn, status: "completed" };
    default:
      return undefined;
  }
}
