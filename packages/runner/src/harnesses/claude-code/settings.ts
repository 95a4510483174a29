import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Environment, HarnessFailure, ModelProvider, OpenOptions, Route } from "@tutti/core";
import type { SettingsInForce } from "./wire.ts";

/** How the program is started. */
export interface Start {
  args: readonly string[];
  environment: Environment;
  /** The id that the session has from now on. */
  nativeId: string;
}

export type Prepared = { ok: true; start: Start } | { ok: false; failure: HarnessFailure };

/**
 * Modes of the program in which hooks don't run (of the first, not even those that a program brings along), so that the
 * gate would see nothing.
 */
const hooklessModes = ["CLAUDE_CODE_SIMPLE", "CLAUDE_CODE_SAFE_MODE", "CLAUDE_CODE_RESTRICTED"];

/** Set by a running Claude Code for its children; it would take ours for one of them. */
const parentTraces = [
  "CLAUDECODE",
  "CLAUDE_CODE_ENTRYPOINT",
  "CLAUDE_CODE_SESSION_ID",
  "CLAUDE_CODE_CHILD_SESSION",
  "CLAUDE_CODE_SSE_PORT",
];

/** Tools that ask a person at the terminal, leave the folder, or reach other sessions of the machine. */
const withheldTools = [
  "AskUserQuestion",
  "EnterPlanMode",
  "ExitPlanMode",
  "EnterWorktree",
  "ExitWorktree",
  "CronCreate",
  "CronDelete",
  "CronList",
  "ScheduleWakeup",
  "ListAgents",
  "SendMessage",
  "RemoteTrigger",
];

/** Other ways to a model than the vendor's own API. */
const otherRoutes = [
  "CLAUDE_CODE_USE_BEDROCK",
  "CLAUDE_CODE_USE_VERTEX",
  "CLAUDE_CODE_USE_FOUNDRY",
  "CLAUDE_CODE_USE_MANTLE",
  "CLAUDE_CODE_USE_ANTHROPIC_AWS",
  "CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD",
  "CLAUDE_CODE_USE_GATEWAY",
];

/** Every variable that would carry the user's own credentials to another endpoint. */
const ownCredentials = [
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_AUTH_TOKEN",
  "ANTHROPIC_CUSTOM_HEADERS",
  "CLAUDE_CODE_OAUTH_TOKEN",
  ...otherRoutes,
];

/** Longer than anybody waits: a lent tool and the gate take the time they need. */
const DAY_MS = 86_400_000;

/** Prepares the start of a session. Writes its settings into the session's folder, and nothing anywhere else. */
export async function prepare(options: OpenOptions): Promise<Prepared> {
  const { environment, provider } = options;
  const hookless = hooklessModes.find((name) => isOn(environment[name]));
  if (hookless) return refused(`${hookless} in the environment`);
  if (provider && provider.wire !== "anthropic")
    return {
      ok: false,
      failure: {
        kind: "model",
        message: `Claude Code speaks the wire "anthropic" only, not "${provider.wire}". Choose another harness or endpoint.`,
      },
    };
  const helper = provider ? keyHelper(provider, environment) : undefined;
  if (helper && !helper.ok) return helper;

  const settings = {
    // A hook of the user or the repository could rewrite a call after the gate allowed it. The gate's own is not a setting.
    disableAllHooks: true,
    disableSkillShellExecution: true,
    disableRemoteControl: true,
    disableWorkflows: true,
    ...(!options.userMcpServers && { disableClaudeAiConnectors: true }),
    ...(helper && { apiKeyHelper: helper.command }),
    env: provider ? providerEnvironment(provider, options.model) : {},
  };
  const path = join(options.folder, "settings.json");
  await writeFile(path, JSON.stringify(settings), { mode: 0o600 });

  const { resume } = options;
  const nativeId = resume && !resume.fork ? resume.nativeId : randomUUID();
  const args = [
    ...["--print", "--verbose", "--include-partial-messages"],
    ...["--input-format", "stream-json", "--output-format", "stream-json"],
    ...["--permission-prompt-tool", "stdio", "--permission-mode", "default"],
    ...["--settings", path],
    ...["--disallowedTools", withheldTools.join(",")],
    ...(options.userMcpServers ? [] : ["--strict-mcp-config"]),
    ...(resume ? ["--resume", resume.nativeId] : []),
    ...(resume?.fork ? ["--fork-session"] : []),
    ...(resume && !resume.fork ? [] : ["--session-id", nativeId]),
    ...(options.model === undefined ? [] : ["--model", options.model]),
    ...(options.effort === undefined ? [] : ["--effort", options.effort]),
  ];
  const child = Object.fromEntries(
    Object.entries(environment).filter(([name]) => !parentTraces.includes(name)),
  );
  return {
    ok: true,
    start: {
      args,
      nativeId,
      environment: {
        // A turn ends when its work has ended: agents and commands don't go on behind it, unless the user wants it so.
        CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1",
        MCP_TOOL_TIMEOUT: String(DAY_MS),
        ...child,
        DISABLE_AUTOUPDATER: "1",
        ...(provider && { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" }),
      },
    },
  };
}

/** The command by which the program gets the provider's key: it stays in the environment, on no disk and no command line. */
function keyHelper(
  { apiKeyEnv }: ModelProvider,
  environment: Environment,
): { ok: true; command: string } | { ok: false; failure: HarnessFailure } {
  if (apiKeyEnv === undefined) return { ok: true, command: "echo none" };
  if (!/^[A-Za-z_]\w*$/.test(apiKeyEnv))
    return {
      ok: false,
      failure: { kind: "settings", message: `apiKeyEnv: ${apiKeyEnv} is no variable's name` },
    };
  if (environment[apiKeyEnv]) return { ok: true, command: `printenv ${apiKeyEnv}` };
  const message = `The model provider's key is looked for in ${apiKeyEnv}, and the environment does not set it.`;
  return { ok: false, failure: { kind: "not-logged-in", message } };
}

/** Given as settings, because settings of the user go before the environment. */
function providerEnvironment({ baseUrl }: ModelProvider, model: string | undefined): Record<string, string> {
  return {
    ...Object.fromEntries(ownCredentials.map((name) => [name, ""])),
    ANTHROPIC_BASE_URL: baseUrl,
    // Side jobs would ask for models that the provider need not have.
    ...(model !== undefined && {
      ANTHROPIC_SMALL_FAST_MODEL: model,
      ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
      CLAUDE_CODE_SUBAGENT_MODEL: model,
    }),
  };
}

/** Why the settings in force can't be worked with, if they can't. */
export function objection(
  { effective, sources }: SettingsInForce,
  provider: ModelProvider | undefined,
): HarnessFailure | undefined {
  for (const { source, settings } of sources) {
    if (source === "flagSettings") continue;
    const place = placeOf(source);
    if (settings.disableAllHooks) return refused(`disableAllHooks in ${place}`).failure;
    if (settings.allowManagedHooksOnly) return refused(`allowManagedHooksOnly in ${place}`).failure;
    const hookless = hooklessModes.find((name) => isOn(settings.env?.[name]));
    if (hookless) return refused(`${hookless} in the env of ${place}`).failure;
  }
  const baseUrl = effective.env?.ANTHROPIC_BASE_URL;
  if (provider && baseUrl !== provider.baseUrl)
    return {
      kind: "settings",
      message: `Managed settings send Claude Code to ${String(baseUrl)}, not to the model provider ${provider.baseUrl}.`,
    };
  return undefined;
}

function refused(what: string): { ok: false; failure: HarnessFailure } {
  const message = `${what} switches Claude Code's hooks off, and Tutti's gate is a hook. Remove it to work with Claude Code.`;
  return { ok: false, failure: { kind: "settings", message } };
}

function placeOf(source: string): string {
  const places: Readonly<Record<string, string>> = {
    userSettings: "the user's settings.json",
    projectSettings: "the repository's .claude/settings.json",
    localSettings: "the repository's .claude/settings.local.json",
    policySettings: "the managed settings of this machine",
  };
  return places[source] ?? source;
}

/** Where the models come from. Settings go before the environment. */
export function routeOf(
  { effective }: SettingsInForce,
  options: Pick<OpenOptions, "environment" | "provider" | "confinement">,
  apiProvider: string | undefined,
): Route {
  if (options.provider) return "provider";
  const value = (name: string) => effective.env?.[name] ?? options.environment[name];
  const baseUrl = value("ANTHROPIC_BASE_URL");
  const isOwn = (url: string) => url === options.confinement?.ownApi || isVendors(url);
  const elsewhere = typeof baseUrl === "string" && baseUrl !== "" && !isOwn(baseUrl);
  const other = otherRoutes.some((name) => isOn(value(name))) || Boolean(value("ANTHROPIC_UNIX_SOCKET"));
  return elsewhere || other || (apiProvider !== undefined && apiProvider !== "firstParty")
    ? "redirected"
    : "own";
}

function isVendors(url: string): boolean {
  try {
    const { protocol, hostname } = new URL(url);
    return protocol === "https:" && hostname === "api.anthropic.com";
  } catch {
    return false;
  }
}

/** Whether the program takes a variable's value for "yes". */
function isOn(value: unknown): boolean {
  return (
    value !== undefined &&
    value !== null &&
    !["", "0", "false", "no", "off"].includes(String(value).trim().toLowerCase())
  );
}
