/**
 * Proves, before a harness is used, that its gate holds on this machine: on a scripted model the program is made to call
 * tools that must be denied. What a person's settings, an update or a swapped program do to the gate shows here first.
 *
 * A pass is kept in the state folder and counts until the program, its version, Tutti or the environment change. A failure
 * is never kept. Adapters check at every start, too, what of the settings they can see.
 */
import { createHash, randomUUID } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  Environment,
  Harness,
  HarnessEvent,
  HarnessSession,
  Installation,
  ModelProvider,
  ToolCall,
} from "@tutti/core";

/** The model that plays the canary: it plays `canaryScenario`, on every wire, under any model id. */
export interface CanaryModel {
  baseUrlFor(wire: ModelProvider["wire"]): string;
  close(): Promise<void>;
}

/**
 * What the canary's model does, as a rehearsal scenario: a call that no program asks permission for by itself, and one
 * that leaves a trace.
 */
export const canaryScenario = `
name: gate self-test
parts:
  - name: canary
    match: { user: '/canary: (?<path>\\S+)/' }
    steps:
      - shell: "echo canary"
      - shell: "touch '{{path}}'"
      - say: "The canary is done."
`;

/** How many calls the scenario makes. */
const CANARY_CALLS = 2;
const CANARY_KEY = "TUTTI_CANARY_KEY";
/** The whole test takes a second or two; a program that takes so much longer does not pass. */
const LIMIT_MS = 120_000;

export interface GateSelfTestOptions {
  /** Passes are kept below it. */
  stateFolder: string;
  environment: Environment;
  /** Tutti's own version: a new one tests again. */
  release: string;
  /** Put before the markers of the test's processes, so that a host finds them after a crash. */
  marker: string;
  startCanaryModel(): Promise<CanaryModel>;
}

export type GateVerdict = { ok: true } | { ok: false; message: string };

/** Tests each installation once; asked for again meanwhile, it is still the same test. Never rejects. */
export function openGateSelfTest(
  options: GateSelfTestOptions,
): (harness: Harness, installation: Installation) => Promise<GateVerdict> {
  const running = new Map<string, Promise<GateVerdict>>();
  return async (harness, installation) => {
    const refused = (why: string): GateVerdict => {
      const { title } = harness.descriptor;
      return {
        ok: false,
        message: `${title} ${installation.version} is not used, its gate is not proven: ${why}`,
      };
    };
    try {
      const key = await keyOf(harness, installation, options);
      const path = join(
        options.stateFolder,
        "gate-self-test",
        `${harness.descriptor.id}-${key.slice(0, 24)}.json`,
      );
      const test = running.get(path) ?? ensure(path, key, harness, installation, options);
      running.set(path, test);
      const verdict = await test.finally(() => running.delete(path));
      return verdict.ok ? verdict : refused(verdict.message);
    } catch (cause) {
      return refused(cause instanceof Error ? cause.message : String(cause));
    }
  };
}

async function ensure(
  path: string,
  key: string,
  harness: Harness,
  installation: Installation,
  options: GateSelfTestOptions,
): Promise<GateVerdict> {
  const kept = await readFile(path, "utf8").catch(() => "");
  if (kept.includes(key)) return { ok: true };
  const verdict = await playCanary(harness, installation, options);
  if (verdict.ok) await keep(path, { key, harness: harness.descriptor.id, ...installation });
  return verdict;
}

async function keep(path: string, pass: object): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify(pass, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, path);
}

/** Everything that a pass depends on and that can be seen from outside the program. */
async function keyOf(
  { descriptor }: Harness,
  { path, version }: Installation,
  { environment, release }: GateSelfTestOptions,
): Promise<string> {
  const program = await realpath(path);
  const { size, mtimeMs } = await stat(program);
  const settings = Object.entries(environment)
    .filter(([name, value]) => value !== undefined && !ofTheTerminal.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([descriptor.id, program, version, size, mtimeMs, release, settings]))
    .digest("hex");
}

/** Variables that differ from one terminal to the next and say nothing to an agent's program. */
const ofTheTerminal =
  /^(_|PWD|OLDPWD|SHLVL|TERM|TERM_\w+|COLORTERM|COLUMNS|LINES|LS_COLORS|SSH_\w+|XDG_(SESSION|SEAT|VTNR)\w*|DBUS_\w+|DISPLAY|WINDOWID|TMUX\w*|STY|INVOCATION_ID|JOURNAL_STREAM|npm_\w+|INIT_CWD)$/;

async function playCanary(
  harness: Harness,
  installation: Installation,
  options: GateSelfTestOptions,
): Promise<GateVerdict> {
  const model = await options.startCanaryModel();
  const folder = await realpath(await mkdtemp(join(tmpdir(), "tutti-gate-")));
  const limit = AbortSignal.timeout(LIMIT_MS);
  try {
    const [cwd, own] = [join(folder, "work"), join(folder, "session")];
    await Promise.all([mkdir(cwd), mkdir(own, { mode: 0o700 })]);
    const wire = harness.descriptor.capabilities.wires[0];
    const asked: ToolCall[] = [];
    const opened = await harness.open({
      installation,
      environment: { ...options.environment, [CANARY_KEY]: "canary" },
      cwd,
      folder: own,
      marker: `${options.marker}/gate-self-test-${randomUUID()}`,
      // A harness that reaches no other model is asked to do the same on its own.
      ...(wire && {
        model: "canary",
        provider: { wire, baseUrl: model.baseUrlFor(wire), apiKeyEnv: CANARY_KEY },
      }),
      tools: [],
      async authorize(call) {
        asked.push(call);
        return { effect: "deny", reason: "This is a test: every call is denied. Go on." };
      },
      callTool: async () => ({ ok: false, text: "There are no tools." }),
      signal: limit,
    });
    if (!opened.ok) return { ok: false, message: opened.failure.message };
    const { session } = opened;
    const trace = join(cwd, "trace");
    const reading = read(session);
    try {
      await session.prompt({ id: "canary", text: `canary: ${trace}` });
    } catch {
      // A session that takes no prompt is closed; its events say why.
      await session.close();
    }
    const events = await reading;
    if (limit.aborted) return { ok: false, message: "its test did not come to an end" };
    return judge(events, asked.length, await there(trace));
  } finally {
    await model.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** Reads all events; the session is closed when its turn has ended. */
async function read(session: HarnessSession): Promise<HarnessEvent[]> {
  const seen: HarnessEvent[] = [];
  let closing: Promise<void> | undefined;
  for await (const event of session.events) {
    seen.push(event);
    if (event.type === "turn.ended") closing ??= session.close();
  }
  await closing;
  return seen;
}

function judge(events: readonly HarnessEvent[], asked: number, trace: boolean): GateVerdict {
  if (trace) return { ok: false, message: "a call that was denied was carried out" };
  const failed = events.find((event) => "failure" in event && event.failure !== undefined);
  if (failed && "failure" in failed && failed.failure) return { ok: false, message: failed.failure.message };
  if (events.some(({ type }) => type === "tool.started"))
    return { ok: false, message: "a call that was denied was started" };
  if (asked !== CANARY_CALLS)
    return { ok: false, message: `of ${CANARY_CALLS} calls, ${asked} came to the gate` };
  if (!events.some((event) => event.type === "turn.ended" && event.status === "completed"))
    return { ok: false, message: "its test did not come to an end" };
  return { ok: true };
}

function there(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
