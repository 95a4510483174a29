import { homedir } from "node:os";
import { join } from "node:path";
import type { HarnessNeeds, Installation, OpenOptions } from "@tutti/core";
import { programRoot } from "../../process/program-root.ts";

/** Of the person's folder, what shapes the agent's work. Histories, caches and other projects stay outside. */
const settings = ["settings.json", "CLAUDE.md", "agents", "commands", "skills", "output-styles"];

const hosts = ["api.anthropic.com", "console.anthropic.com", "platform.claude.com", "claude.ai"];

/** Keys that go into a header as they stand. */
const keys = [
  { variable: "ANTHROPIC_API_KEY", header: "x-api-key", prefix: "" },
  { variable: "ANTHROPIC_AUTH_TOKEN", header: "authorization", prefix: "Bearer " },
  { variable: "CLAUDE_CODE_OAUTH_TOKEN", header: "authorization", prefix: "Bearer " },
] as const;

export async function needs(
  { path }: Installation,
  { environment, provider }: Pick<OpenOptions, "environment" | "provider">,
): Promise<HarnessNeeds> {
  const home = environment.HOME ?? homedir();
  const moved = environment.CLAUDE_CONFIG_DIR;
  const elsewhere = environment.ANTHROPIC_BASE_URL;
  const key = provider ? undefined : keys.find(({ variable }) => environment[variable]);
  return {
    programs: [path, await programRoot(path)],
    keeps: [
      {
        folder: moved ?? join(home, ".claude"),
        copied: moved ? [...settings, ".claude.json"] : settings,
        login: ".credentials.json",
      },
      ...(moved ? [] : [{ folder: home, copied: [".claude.json"] }]),
    ],
    hosts: provider ? [] : [...hosts, ...hostOf(elsewhere)],
    localPorts: provider ? [] : loopbackPort(elsewhere),
    variables: {
      settings: ["CLAUDE_", "ANTHROPIC_", "DISABLE_", "BASH_", "API_TIMEOUT_MS", "MAX_"],
      logins: [],
    },
    ...(key && {
      key: { ...key, api: elsewhere ?? "https://api.anthropic.com", apiVariable: "ANTHROPIC_BASE_URL" },
    }),
  };
}

const urlOf = (url: string | undefined): URL | undefined =>
  url !== undefined && URL.canParse(url) ? new URL(url) : undefined;

const isLoopback = ({ hostname }: URL): boolean =>
  hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");

function hostOf(url: string | undefined): string[] {
  const parsed = urlOf(url);
  return parsed && !isLoopback(parsed) ? [parsed.host] : [];
}

function loopbackPort(url: string | undefined): number[] {
  const parsed = urlOf(url);
  return parsed && isLoopback(parsed) ? [Number(parsed.port || 80)] : [];
}
