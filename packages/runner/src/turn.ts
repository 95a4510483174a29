/**
 * One turn, on a page: open the harness, prompt, bring every call to the gate, append what happens, finish.
 *
 * Everything the harness says becomes a command, in order. A person's late answer parks the turn: the call is denied with the
 * word to stop, the harness ends, and the answer starts the turn again.
 */
import type {
  ApprovalState,
  Command,
  CommandOf,
  GateAnswer,
  Harness,
  HarnessEvent,
  HarnessSession,
  Image,
  ImageContent,
  Installation,
  Sent,
  SessionState,
  ToolCall,
  TurnFailure,
} from "@tutti/core";
import { boundText } from "@tutti/core";
import type { Holding } from "./holding.ts";
import { servedVendor } from "./served-vendor.ts";

/** How much of a tool's output the log keeps, in characters. */
const outputLimit = 64_000;
const parkedReason =
  "This call waits for a person. Stop here and end your turn; you will be told when they have answered.";
/** Commands that may be on their way to the log before the harness is read on. */
const underWayLimit = 100;
/** Calls that a parked turn may still try before it is interrupted. */
const patience = 3;

export interface TurnPorts {
  /** Sends a command for this session. The order of calls is the order in the log. */
  send(command: Command): Promise<Sent>;
  /** Text that is not whole yet. May be dropped. */
  delta(delta: { turn: string; item: string; kind: "message" | "reasoning"; text: string }): void;
  /** Resolves when a person answered or the question ended; rejects when the signal aborts. */
  answered(approval: string, signal: AbortSignal): Promise<ApprovalState>;
  /** Keeps what the folder holds, when a yes to this question may destroy it. Never rejects. */
  rescue(approval: string): Promise<{ ref?: string; fault?: string }>;
  /** An image's content. Rejects when it cannot be had. */
  image(image: Image): Promise<ImageContent>;
  newId(prefix: string): string;
}

export interface TurnOptions {
  state: SessionState;
  /** The harness's own history that the turn goes on with: this session's, or a copy of another's. */
  resume?: { nativeId: string; fork?: boolean };
  harness: Harness;
  installation: Installation;
  /** What holds the agent on this machine. Released when the turn has ended. */
  holding: Holding;
  folder: string;
  marker: string;
  /** How long a call is held for a person before the turn is parked, in milliseconds. */
  holdMs: number;
  ports: TurnPorts;
}

interface TurnEnd {
  status: CommandOf<"turn.end">["status"];
  failure?: TurnFailure;
}

/** A turn that is being played. */
export interface PlayedTurn {
  steer(text: string, images: readonly Image[]): Promise<boolean>;
  interrupt(): Promise<void>;
  /** Ends it with its machine: the turn is `lost` and may be taken up again. */
  abandon(): Promise<void>;
  /** Resolves when the turn has ended in the log and nothing of it lives. */
  done: Promise<void>;
}

export function playTurn(options: TurnOptions): PlayedTurn {
  const { state, harness, ports, holdMs } = options;
  const turn = state.turn;
  if (!turn || !state.spec.harness) throw new Error(`session ${state.id} has no turn to play`);
  const choice = state.spec.harness;
  const ending = new AbortController();
  let session: HarnessSession | undefined;
  let parked = false;
  let deniedSinceParked = 0;
  let interrupting = false;
  let abandoned = false;
  let underWay = 0;
  let fault: unknown;

  const send = (command: Command) => ports.send(command);
  /** Tells the log without waiting for its answer, unless much is on its way. The gate's questions queue behind it. */
  async function tell(command: Command): Promise<void> {
    if (fault !== undefined) throw fault;
    underWay += 1;
    const told = send(command).then(
      () => {
        underWay -= 1;
      },
      (error: unknown) => {
        fault ??= error;
      },
    );
    if (underWay > underWayLimit) await told;
  }
  const end = (status: CommandOf<"turn.end">["status"], failure?: TurnFailure) =>
    send({ type: "turn.end", turn: turn.id, status, ...(failure && { failure }) });

  async function authorize(call: ToolCall, signal: AbortSignal): Promise<GateAnswer> {
    // What the harness said before this call is read first, so that the log keeps the order.
    await new Promise((resolve) => setImmediate(resolve));
    if (parked) {
      deniedSinceParked += 1;
      if (deniedSinceParked >= patience) void session?.interrupt();
      return { effect: "deny", reason: parkedReason };
    }
    const approval = ports.newId("approval");
    const asked = await send({ type: "tool.request", turn: turn?.id ?? "", approval, call });
    if (!asked.ok) return { effect: "deny", reason: asked.refusal.message };
    const { decision, approval: question = approval } = asked.receipt;
    if (decision?.effect === "allow")
      return asked.receipt.approval === undefined ? { effect: "allow" } : rescued(question, call);
    if (decision?.effect !== "ask") return { effect: "deny", reason: decision?.reason ?? "no decision" };
    const waiting = AbortSignal.any([signal, ending.signal, AbortSignal.timeout(holdMs)]);
    const answer = await begun(await held(question, waiting), question, call);
    // The call stood open while it waited; a denied one never runs, so its end is told here.
    if (answer.effect === "deny")
      await send({
        type: "tool.finish",
        turn: turn?.id ?? "",
        call: call.id,
        ok: false,
        output: boundText(answer.reason, outputLimit),
      });
    return answer;
  }

  /** A yes is used up in the log before the call goes on: a machine that dies now leaves no doubt about it. */
  async function begun(answer: GateAnswer, approval: string, call: ToolCall): Promise<GateAnswer> {
    if (answer.effect !== "allow") return answer;
    const kept = await rescued(approval, call);
    if (kept.effect === "deny") return kept;
    const sent = await send({ type: "tool.begin", turn: turn?.id ?? "", call: call.id, approval });
    return sent.ok ? answer : { effect: "deny", reason: sent.refusal.message };
  }

  /** Before what cannot be undone, what there is is kept; what can't be kept is not put at risk. */
  async function rescued(approval: string, call: ToolCall): Promise<GateAnswer> {
    const { ref, fault } = await ports.rescue(approval);
    if (fault !== undefined)
      return {
        effect: "deny",
        reason: `A person allowed this call, but what it may destroy could not be kept first, so it is not carried out: ${fault}`,
      };
    if (ref !== undefined)
      await notice("info", `What the worktree held before "${call.command ?? call.name}" is kept as ${ref}.`);
    return { effect: "allow" };
  }

  /** A person's answer, as far as it comes before the signal. */
  async function held(approval: string, waiting: AbortSignal): Promise<GateAnswer> {
    try {
      const { answered, withdrawn } = await ports.answered(approval, waiting);
      if (answered?.answer === "allow") return { effect: "allow" };
      return { effect: "deny", reason: answered?.reason ?? withdrawn ?? "A person said no." };
    } catch {
      const { reason } = waiting;
      parked = reason instanceof DOMException && reason.name === "TimeoutError";
      return { effect: "deny", reason: parked ? parkedReason : "The turn is ending." };
    }
  }

  async function callTool({ tool, input }: { tool: string; input: unknown }) {
    const parsed = JSON.parse(JSON.stringify(input ?? null)) as CommandOf<"tool.use">["input"];
    const used = await send({ type: "tool.use", turn: turn?.id ?? "", tool, input: parsed });
    return used.ok
      ? { ok: true, text: used.receipt.answer ?? "done" }
      : { ok: false, text: `${used.refusal.message}. Correct it and call the tool again.` };
  }

  /** One event's command; undefined for what only a watcher sees. */
  function commandOf(event: HarnessEvent, opened: HarnessEvent & { type: "opened" }): Command | undefined {
    const at = turn?.id ?? "";
    switch (event.type) {
      case "message":
      case "reasoning":
        return {
          type: "item.add",
          turn: at,
          item: {
            kind: event.type,
            id: event.item,
            text: event.text,
            ...(event.agent && { agent: event.agent }),
          },
        };
      case "notice":
        return {
          type: "item.add",
          turn: at,
          item: { kind: "notice", id: ports.newId("notice"), level: event.level, text: event.text },
        };
      case "tool.finished":
        return {
          type: "tool.finish",
          turn: at,
          call: event.call,
          ok: event.ok,
          output: boundText(event.output, outputLimit),
        };
      case "usage": {
        const { model } = event.usage;
        const vendor = servedVendor({ descriptor: harness.descriptor, choice, route: opened.route, model });
        return { type: "usage.record", turn: at, usage: { ...event.usage, vendor } };
      }
      default:
        return undefined;
    }
  }

  /** What of a person's images the harness can be shown. What it cannot is told, and the words go without it. */
  async function shown(images: readonly Image[]): Promise<ImageContent[]> {
    if (images.length === 0) return [];
    const { title, capabilities } = harness.descriptor;
    if (capabilities.images) return Promise.all(images.map((image) => ports.image(image)));
    await notice("warning", `${title} takes no images: it was told the words alone.`);
    return [];
  }

  /** Plays the events of an open session until the turn is over, and answers how it ended. */
  async function follow(live: HarnessSession): Promise<TurnEnd> {
    let opened: (HarnessEvent & { type: "opened" }) | undefined;
    for await (const event of live.events) {
      switch (event.type) {
        case "opened": {
          if (opened) break;
          opened = event;
          const { nativeId, version, model, route } = event;
          const vendor = servedVendor({ descriptor: harness.descriptor, choice, route, model });
          const unknown = vendor === null && (model !== null || route !== "own");
          const forbidden = forbiddenVendor(state.spec.excludeVendors, vendor, unknown);
          if (forbidden) return { status: "failed", failure: { kind: "vendor", message: forbidden } };
          await tell({
            ...{ type: "harness.open", nativeId, version, model, vendor },
            machine: options.holding.machine,
          });
          if (interrupting) return { status: "interrupted" };
          const images = await shown(turn?.images ?? []);
          await live.prompt({
            id: turn?.id ?? "",
            text: turn?.text ?? "",
            ...(images.length > 0 && { images }),
            ...(choice.model && { model: choice.model }),
          });
          break;
        }
        case "delta":
          ports.delta({ turn: turn?.id ?? "", item: event.item, kind: event.kind, text: event.text });
          break;
        case "turn.ended":
          if (event.turn !== turn?.id) break;
          if (parked) return { status: "parked" };
          return event.status === "failed"
            ? { status: "failed", failure: event.failure }
            : { status: event.status };
        case "closed":
          return {
            status: "failed",
            failure: event.failure ?? {
              kind: "crashed",
              message: "the harness ended in the middle of the turn",
            },
          };
        default: {
          const command = opened && commandOf(event, opened);
          if (command) await tell(command);
        }
      }
    }
    return { status: "failed", failure: { kind: "crashed", message: "the harness stopped speaking" } };
  }

  /** Opens the harness, and answers how the turn ended. */
  async function playOut(): Promise<TurnEnd> {
    const { spec } = state;
    const { environment, confinement, provider = choice.provider, cwd } = options.holding;
    try {
      const opened = await harness.open({
        installation: options.installation,
        environment,
        cwd: spec.workspace ?? cwd ?? "/",
        folder: options.folder,
        marker: options.marker,
        ...(spec.systemPrompt !== undefined && { systemPrompt: spec.systemPrompt }),
        ...(choice.model !== undefined && { model: choice.model }),
        ...(choice.effort !== undefined && { effort: choice.effort }),
        ...(provider && { provider }),
        ...(confinement && { confinement }),
        ...(choice.userMcpServers && { userMcpServers: true }),
        ...(options.resume && { resume: options.resume }),
        tools: spec.tools,
        authorize,
        callTool,
        signal: ending.signal,
      });
      if (!opened.ok) return { status: "failed", failure: opened.failure };
      session = opened.session;
      return await follow(session);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { status: "failed", failure: { kind: "other", message } };
    } finally {
      // Nothing of a turn works on behind its end.
      await session?.close();
    }
  }

  async function play(): Promise<void> {
    const { status, failure } = await playOut();
    for (const text of await options.holding.release()) await notice("warning", text);
    if (!abandoned) await end(status, failure);
  }

  const notice = (level: "info" | "warning", text: string) =>
    send({
      type: "item.add",
      turn: turn.id,
      item: { kind: "notice", id: ports.newId("notice"), level, text },
    });

  return {
    async steer(text, images) {
      return (await session?.steer(text, await shown(images))) ?? false;
    },
    async interrupt() {
      interrupting = true;
      await session?.interrupt();
    },
    async abandon() {
      abandoned = true;
      await end("failed", { kind: "lost", message: "the machine's host stopped while the turn was open" });
      ending.abort();
      await session?.close();
    },
    done: play(),
  };
}

/** Why a vendor may not serve a session; undefined when it may, or when only serving will show who it is. */
function forbiddenVendor(
  excluded: readonly string[],
  vendor: string | null,
  unknown: boolean,
): string | undefined {
  if (excluded.length === 0) return undefined;
  if (vendor !== null && excluded.includes(vendor))
    return `its models are made by ${vendor}, as the implementer's are`;
  return unknown
    ? "nobody can say who makes its models: name the vendor in the agent file's provider"
    : undefined;
}
