import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { HarnessNeeds, Installation, OpenOptions } from "@tutti/core";
import { programRoot } from "../../process/program-root.ts";
import { configFolder, endpointsIn, extensionPath } from "./program.ts";

const settings = ["settings.json", "models.json", "AGENTS.md", "SYSTEM.md", "prompts", "skills", "themes"];

/** Services that Pi has logins for. Others are named in its models.json. */
const hosts = [
  "api.anthropic.com",
  "console.anthropic.com",
  "api.openai.com",
  "chatgpt.com",
  "auth.openai.com",
  "generativelanguage.googleapis.com",
  "oauth2.googleapis.com",
  "openrouter.ai",
  "api.mistral.ai",
  "api.groq.com",
  "api.x.ai",
  "api.cerebras.ai",
  "api.z.ai",
  "api.githubcopilot.com",
  "api.individual.githubcopilot.com",
];

/** Keys that Pi takes from the environment itself: of which provider's, only the model's choice tells. */
const logins = [
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_OAUTH_TOKEN",
  "OPENAI_API_KEY",
  "GEMINI_API_KEY",
  "OPENROUTER_API_KEY",
  "MISTRAL_API_KEY",
  "GROQ_API_KEY",
  "XAI_API_KEY",
  "CEREBRAS_API_KEY",
  "ZAI_API_KEY",
];

export async function needs(
  { path }: Installation,
  { environment, provider }: Pick<OpenOptions, "environment" | "provider">,
): Promise<HarnessNeeds> {
  const folder = configFolder(environment);
  const named = provider
    ? []
    : endpointsIn(await readFile(join(folder, "models.json"), "utf8").catch(() => "{}"));
  const isLocal = ({ hostname }: URL) => /^(localhost|127\..*|\[::1\])$/.test(hostname);
  return {
    programs: [await programRoot(path), process.execPath, dirname(extensionPath())],
    variables: { settings: ["PI_"], logins: provider ? [] : logins },
    keeps: [{ folder, copied: settings, login: "auth.json" }],
    hosts: provider ? [] : [...hosts, ...named.filter((url) => !isLocal(url)).map(({ host }) => host)],
    localPorts: named
      .filter(isLocal)
      .map(({ port, protocol }) => Number(port || (protocol === "https:" ? 443 : 80))),
  };
}
