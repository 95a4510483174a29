import type { ModelProvider, OpenOptions } from "@tutti/core";
import { MARKER_VARIABLE } from "../../process/sweep.ts";
import { GATE_VARIABLE, HOOK_TIMEOUT_S } from "./gate-hook.ts";
import type { Config } from "./wire.ts";

/** The name under which a model provider of Tutti's choice is configured. */
export const PROVIDER = "tutti";

/** What makes Codex run the gate's hook, and nobody else's before a tool: the hashes it trusts, and the hooks it passes over. */
export interface Trust {
  trusted: ReadonlyMap<string, string>;
  disabled: readonly string[];
}

/** The variable that only the commands of the agent carry, beside the session's marker. */
export const TOOL_VARIABLE = "TUTTI_TOOL";

/**
 * Settings that hold for every session, whatever the user's own say:
 * - The model's service searches the web and makes images by itself, where no hook sees it.
 * - Without a terminal the standard input of commands is closed: `write_stdin`, which no hook sees, can only wait for a
 *   command or end it.
 * - A goal starts turns that nobody asked for; installing a skill's MCP servers writes to the user's configuration.
 * - A service that can't be reached is a failure after some tries, not a turn without an end.
 */
const fixed: readonly string[] = [
  'web_search="disabled"',
  "features.image_generation=false",
  "features.unified_exec_tty=false",
  "features.goals=false",
  "features.skill_mcp_dependency_install=false",
  "features.unbounded_connection_retries=false",
  "notify=[]",
  "check_for_update_on_startup=false",
  `shell_environment_policy.set.${GATE_VARIABLE}=""`,
  `shell_environment_policy.set.${TOOL_VARIABLE}="1"`,
];

/** Where MCP servers come from beside `mcp_servers`. */
const withoutConnectors: readonly string[] = ["features.apps=false", "features.plugins=false"];

/** The arguments that start an app-server on its standard streams. */
export function launchArguments(
  { provider, userMcpServers, marker }: Pick<OpenOptions, "provider" | "userMcpServers" | "marker">,
  gate: { command: string; trust: Trust | undefined },
): string[] {
  const settings = [
    ...fixed,
    `shell_environment_policy.set.${MARKER_VARIABLE}=${quoted(marker)}`,
    ...(userMcpServers ? [] : withoutConnectors),
    ...(provider ? providerSettings(provider) : []),
    `hooks.PreToolUse=[{hooks=[{type="command",command=${quoted(gate.command)},timeout=${HOOK_TIMEOUT_S}}]}]`,
    ...(gate.trust ? [`hooks.state={${hookStates(gate.trust)}}`] : []),
  ];
  return [...settings.flatMap((setting) => ["-c", setting]), "app-server"];
}

function providerSettings({ baseUrl, apiKeyEnv }: ModelProvider): string[] {
  const key = apiKeyEnv === undefined ? "" : `,env_key=${quoted(apiKeyEnv)}`;
  return [
    `model_provider="${PROVIDER}"`,
    `model_providers.${PROVIDER}={name="Tutti",base_url=${quoted(baseUrl)},wire_api="responses"${key}}`,
  ];
}

function hookStates({ trusted, disabled }: Trust): string {
  return [
    ...[...trusted].map(([key, hash]) => `${quoted(key)}={trusted_hash=${quoted(hash)},enabled=true}`),
    ...disabled.map((key) => `${quoted(key)}={enabled=false}`),
  ].join(",");
}

/** A TOML string: JSON's form is one of TOML's, but for DEL. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007f");
}

/**
 * Settings of a thread that depend on the user's own.
 * - None of the user's MCP servers, unless they are wanted: tables are merged, so that each is switched off by its name.
 *   What the gate allows of wanted ones is not asked for again.
 * - Commands carry the session's marker, also where only named variables reach them.
 */
export function threadSettings(config: Config, userMcpServers: boolean): Record<string, unknown> {
  const server = userMcpServers ? { default_tools_approval_mode: "approve" } : { enabled: false };
  const servers = Object.keys(config.mcp_servers ?? {});
  const named = config.shell_environment_policy?.include_only ?? [];
  return {
    ...(servers.length > 0 && { mcp_servers: Object.fromEntries(servers.map((name) => [name, server])) }),
    ...(named.length > 0 && {
      shell_environment_policy: { include_only: [...named, MARKER_VARIABLE, TOOL_VARIABLE] },
    }),
  };
}

/**
 * What commands may touch. Codex's own sandbox keeps writes in the working folder, the temporary folders and what the
 * user's configuration adds; the network stays open, as tests and package managers need it. Without a sandbox on this
 * machine the gate stands alone, as it does for the other harnesses.
 */
export function sandboxPolicy(config: Config, sandboxed: boolean): Record<string, unknown> {
  if (!sandboxed) return { type: "dangerFullAccess" };
  return {
    type: "workspaceWrite",
    writableRoots: config.sandbox_workspace_write?.writable_roots ?? [],
    networkAccess: true,
    excludeTmpdirEnvVar: false,
    excludeSlashTmp: false,
  };
}

const OWN_CHATGPT_URL = "https://chatgpt.com/backend-api/";

/** Whether the user's settings lead the built-in provider to another service. */
export function isRedirected(modelProvider: string, config: Config): boolean {
  return (
    modelProvider !== "openai" ||
    Boolean(config.openai_base_url) ||
    ![undefined, null, OWN_CHATGPT_URL].includes(config.chatgpt_base_url) ||
    "openai" in (config.model_providers ?? {})
  );
}
