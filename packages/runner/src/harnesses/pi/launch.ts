import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ModelProvider, OpenOptions } from "@tutti/core";
import { type SpawnResult, spawnTree } from "../../process/spawn.ts";
import type { Setup, SetupProvider } from "./channel.ts";
import { commandOf, environmentOf, extensionPath } from "./program.ts";

/** The name of the model provider that our extension registers. */
export const providerName = "tutti";

const apis = {
  anthropic: "anthropic-messages",
  responses: "openai-responses",
  chat: "openai-completions",
} satisfies Record<ModelProvider["wire"], string>;

/** Starts Pi with our extension, which reads what it needs from a file in the session's folder. */
export async function launch(
  options: OpenOptions,
  { trustsProject }: { trustsProject: boolean },
): Promise<SpawnResult> {
  const setup = join(options.folder, "pi-setup.json");
  await writeFile(setup, JSON.stringify(setupOf(options)), { mode: 0o600 });
  const [command, ...args] = await commandOf(options.installation.path);
  return spawnTree({
    command,
    args: [...args, ...argumentsOf(options), ...(trustsProject ? [] : ["--no-approve"])],
    cwd: options.cwd,
    // Pi would keep its translation of our extension in a folder where anybody may write.
    env: { ...environmentOf(options.environment), TUTTI_PI_SETUP: setup, JITI_FS_CACHE: "false" },
    marker: options.marker,
    ...(options.confinement && { confinement: options.confinement }),
  });
}

function setupOf(options: OpenOptions): Setup {
  const provider = setupProviderOf(options);
  return {
    greeting: options.marker,
    tools: options.tools,
    ...(options.systemPrompt && { systemPrompt: options.systemPrompt }),
    ...(provider && { provider }),
  };
}

function setupProviderOf({ provider, model, environment, effort }: OpenOptions): SetupProvider | undefined {
  if (!provider || model === undefined) return undefined;
  const { baseUrl, wire, apiKeyEnv } = provider;
  const hasKey = apiKeyEnv !== undefined && environment[apiKeyEnv] !== undefined;
  return {
    name: providerName,
    baseUrl,
    api: apis[wire],
    apiKey: hasKey ? `$${apiKeyEnv}` : "none",
    model,
    reasoning: effort !== undefined,
  };
}

function argumentsOf({ resume, provider, model, effort }: OpenOptions): string[] {
  return [
    "--mode",
    "rpc",
    "--no-extensions",
    "--extension",
    extensionPath(),
    ...(resume ? [resume.fork ? "--fork" : "--session-id", resume.nativeId] : []),
    ...(provider ? ["--provider", providerName] : []),
    ...(model !== undefined ? ["--model", model] : []),
    ...(effort ? ["--thinking", effort] : []),
  ];
}
