import { dirname } from "node:path";
import type { HarnessNeeds, Installation, OpenOptions } from "@tutti/core";
import { programRoot } from "../../process/program-root.ts";
import { homeOf } from "./home.ts";
import { binaryOf } from "./program.ts";

const hosts = ["api.openai.com", "chatgpt.com", "auth.openai.com"];

/** The hook runs inside, too: it needs Perl, which stands with the system's programs, or this very Node. */
export async function needs(
  { path }: Installation,
  { environment, provider }: Pick<OpenOptions, "environment" | "provider">,
): Promise<HarnessNeeds> {
  const binary = await binaryOf(path);
  return {
    programs: [await programRoot(path), await programRoot(binary), dirname(binary), process.execPath],
    keeps: [
      { folder: homeOf(environment), copied: ["config.toml", "AGENTS.md", "prompts"], login: "auth.json" },
    ],
    hosts: provider ? [] : hosts,
    localPorts: [],
    variables: { settings: ["CODEX_", "OPENAI_BASE_URL", "RUST_LOG"], logins: ["CODEX_API_KEY"] },
  };
}
