/**
 * CONTRACT 1: what a harness adapter is.
 *
 * A harness is a vendor's agent program (its CLI). An adapter opens sessions of it, translates what it says into
 * `HarnessEvent`s, and brings every tool call to the gate before it is carried out.
 *
 * Who calls. The runner alone. It probes an installation once, runs the gate's self-test once per version, then opens one
 * `HarnessSession` per Tutti session that has a turn to play, and closes it when the session is idle.
 *
 * What must hold.
 * - `events` never throws and is read by one reader. Its last event is `closed`, after which nothing of the session lives:
 *   no process, no socket, no timer.
 * - No tool call is carried out before `authorize` answered `allow` for it: the harness's pre-tool hook feeds the gate, not its
 *   permission prompts. No answer, an exception, a lost connection: the call is denied. A call that is seen to start without
 *   having passed the gate is a breach: the adapter interrupts the turn, kills what runs and ends the turn as failed (`gate`).
 * - `authorize` may take minutes or be answered late; the adapter sets the harness's own limits so that it waits.
 * - Whatever native question the harness asks beside the gate (permission, elicitation) gets an answer at once: what the gate
 *   allowed is allowed, all else is denied. Nothing hangs.
 * - `turn.ended` comes exactly once per turn, after the turn's last item, also when the process dies. Turns that nobody
 *   started (a sub-agent that finishes in the background) are announced by `turn.started` with origin `background`.
 * - `interrupt` ends the turn and every command that it runs. `close` ends the process tree, orphans included.
 * - Nothing is written to the user's configuration. The user's own login is reused as it is. The user's and the project's
 *   instructions and login settings apply; the user's MCP servers don't, unless asked for.
 * - `open` fails (a value, not an exception) when the gate cannot be trusted: hooks switched off, untrusted, unverified.
 *
 * Who cleans up. The adapter, on `close` and on `signal`; the runner sweeps by `marker` after its own crash.
 */
import type { ModelProvider } from "./agent.ts";
import type { HarnessFailure } from "./failure.ts";
import type { MarkForm } from "./harness-card.ts";
import type { ImageContent } from "./image.ts";
import type { LentTool, ToolCall } from "./tool.ts";
import type { CostSource, Usage } from "./usage.ts";
import type { Vendor } from "./vendor.ts";

/** What a harness declares it can do. The conformance suite observes each and fails on drift. */
export interface HarnessCapabilities {
  streaming: boolean;
  reasoning: boolean;
  /** Text can reach a running turn. */
  steer: boolean;
  /** Images can go along with a prompt and with text for a running turn. */
  images: boolean;
  interrupt: boolean;
  /** A killed session goes on under the same id with its history. */
  resume: boolean;
  fork: boolean;
  model: "per-session" | "per-turn";
  usage: boolean;
  /** Who says what a turn cost. */
  cost: CostSource;
  lentTools: boolean;
  /** The wires over which another model provider can be reached. */
  wires: readonly ModelProvider["wire"][];
}

/** What the rest of the world knows of a harness: data, so that nothing outside its folder names it. */
export interface HarnessDescriptor {
  id: string;
  title: string;
  /** One or two letters, for a terminal's column and a screen's mark. */
  mark: string;
  form: MarkForm;
  /** Who makes the models that its own login serves; null when it serves many vendors'. */
  vendor: Vendor | null;
  capabilities: HarnessCapabilities;
  /** It serves no models and is named to nobody: a stand-in for tests. */
  forTests?: true;
  /** How a person installs it and logs in, as commands. */
  install: string;
  login: string;
}

/** Where the program was found and what it is. */
export interface Installation {
  /** Absolute path of the program. */
  path: string;
  version: string;
}

/** What was found of a login, without reading secrets out. */
export interface LoginStatus {
  found: boolean;
  /** Where: a file's path, an environment variable's name, the harness's own word. */
  where: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Harness {
  readonly descriptor: HarnessDescriptor;
  /** Finds the program in `folders` first, then on PATH. Undefined when it isn't there. Never throws. */
  find(environment: Environment, folders: readonly string[]): Promise<Installation | undefined>;
  /** Whether a login is there. Starts nothing that reaches the network. */
  login(installation: Installation, environment: Environment): Promise<LoginStatus>;
  /**
   * What a repository's own settings of this program make it do beside its work, in a person's words: model endpoints and
   * commands that fetch keys. They need a person's trust before the program is started there. `read` answers a file of the
   * commit that is worked on, by its path from the root; undefined when it isn't there. Never rejects for bad content.
   */
  claims?(read: ReadFile): Promise<string[]>;
  /**
   * What the program must be given to work where it is confined. An adapter that starts no process leaves it out. Never
   * rejects for what is not there.
   */
  needs?(
    installation: Installation,
    options: Pick<OpenOptions, "environment" | "provider">,
  ): Promise<HarnessNeeds>;
  /** Where the program ships a bubblewrap, for machines that have none: files that may be there. */
  bubblewraps?(installation: Installation): Promise<readonly string[]>;
  open(options: OpenOptions): Promise<Opened>;
}

export type ReadFile = (path: string) => Promise<string | undefined>;

export interface OpenOptions {
  installation: Installation;
  /** The person's environment: HOME, PATH, login variables. */
  environment: Environment;
  /** The folder that the agent works in. */
  cwd: string;
  /** A private folder (0700) of this session for the adapter's sockets and files. Paths below it stay under 100 bytes. */
  folder: string;
  /** Inherited by every process of the session, so that orphans can be found. */
  marker: string;
  /** Added to the harness's own system prompt. */
  systemPrompt?: string;
  model?: string;
  effort?: "low" | "medium" | "high";
  provider?: ModelProvider;
  /** Go on with the session of this native id, or with a copy of it. */
  resume?: { nativeId: string; fork?: boolean };
  tools: readonly LentTool[];
  /** Whether the user's own MCP servers are wanted. */
  userMcpServers?: boolean;
  /** Absent: what is started runs with the person's rights. */
  confinement?: Confinement;
  /** The gate. Rejection counts as denial. */
  authorize(call: ToolCall, signal: AbortSignal): Promise<GateAnswer>;
  /** Carries out a lent tool. Called only after the gate allowed it. Rejection becomes an error text for the model. */
  callTool(call: { id: string; tool: string; input: unknown }): Promise<LentToolAnswer>;
  /** Abort closes the session. */
  signal?: AbortSignal;
}

/** What a confined program is given of the machine beside its working folder. Paths are absolute. */
export interface HarnessNeeds {
  /** Files and folders that the program consists of, read only. */
  programs: readonly string[];
  /** Folders in which it keeps settings, logins and history. A session has its own of each. */
  keeps: readonly KeptFolder[];
  /** Hosts of the services that its own login reaches. Empty when a model provider of Tutti's choice serves. */
  hosts: readonly string[];
  /** Ports of this machine's loopback that its settings name as models' endpoints. */
  localPorts: readonly number[];
  /**
   * Of the person's environment, what is seen inside beside what says how the machine is set up. `settings`: beginnings of
   * names; one that tells of a secret is left out. `logins`: whole names that the program takes a login from which cannot be
   * put in outside.
   */
  variables: { settings: readonly string[]; logins: readonly string[] };
  /** The login, when it is a key in the environment: it is put in outside, and the program never sees it. */
  key?: EnvironmentKey;
}

export interface KeptFolder {
  /** As the program knows it. */
  folder: string;
  /** Names in it that are copied from the person's at each opening: settings, instructions. */
  copied: readonly string[];
  /** The name of a login file in it, which the program may rewrite: what it writes goes back to the person's. */
  login?: string;
}

export interface EnvironmentKey {
  /** The variable that holds the key. */
  variable: string;
  /** How it goes to the service. */
  header: string;
  prefix: string;
  /** The service's base URL, and the variable that leads the program elsewhere. */
  api: string;
  apiVariable: string;
}

/** Holds what an adapter starts. Given by the runner; every process of the session is started through it. */
export interface Confinement {
  wrap(call: ProgramCall): ConfinedCall;
  /** A base URL that stands, inside, for the vendor's own service. */
  ownApi?: string;
}

/** A program as it is asked for: what a confinement turns into a call of its own. */
export interface ProgramCall {
  command: string;
  args: readonly string[];
  cwd: string;
  /** The program's whole environment. */
  env: Record<string, string | undefined>;
}

/** What is started in place of a program that is confined. */
export interface ConfinedCall extends ProgramCall {
  /** What the started program reads on its file descriptors 3, 4, … to their ends. */
  files: readonly Uint8Array[];
}

export type GateAnswer = { effect: "allow" } | { effect: "deny"; reason: string };
export interface LentToolAnswer {
  ok: boolean;
  text: string;
}

export type Opened = { ok: true; session: HarnessSession } | { ok: false; failure: HarnessFailure };

export interface Prompt {
  id: string;
  text: string;
  /** Given to a harness that says it takes images, and to no other; so with `steer`. */
  images?: readonly ImageContent[];
  model?: string;
}

export interface HarnessSession {
  /** One reader. */
  readonly events: AsyncIterable<HarnessEvent>;
  /** Starts a turn. Resolves when the harness took it; what happens then is told by `events`. */
  prompt(turn: Prompt): Promise<void>;
  /** Text for the running turn. False when no turn runs any more: the text was not delivered. */
  steer(text: string, images?: readonly ImageContent[]): Promise<boolean>;
  /** Ends the running turn and the commands that it runs. Resolves when it has ended. */
  interrupt(): Promise<void>;
  /** Ends the session and all of its processes. Idempotent. */
  close(): Promise<void>;
}

/** Where the served model comes from: the vendor's own route, or another that the environment or settings point to. */
export type Route = "own" | "redirected" | "provider";

export type HarnessEvent =
  | { type: "opened"; nativeId: string; version: string; model: string | null; route: Route }
  | { type: "turn.started"; turn: string; origin: "prompt" | "background"; model?: string }
  /** Streamed text of an item that `message` or `reasoning` later holds whole. Never stored. */
  | { type: "delta"; item: string; kind: "message" | "reasoning"; text: string }
  | { type: "message"; item: string; text: string; agent?: string }
  | { type: "reasoning"; item: string; text: string; agent?: string }
  /** The call passed the gate and runs. */
  | { type: "tool.started"; call: string }
  | { type: "tool.finished"; call: string; ok: boolean; output: string }
  | { type: "notice"; level: "info" | "warning"; text: string }
  /** An increment since the last one. */
  | { type: "usage"; usage: Usage }
  | { type: "turn.ended"; turn: string; status: "completed" | "interrupted" }
  | { type: "turn.ended"; turn: string; status: "failed"; failure: HarnessFailure }
  | { type: "closed"; failure?: HarnessFailure };
