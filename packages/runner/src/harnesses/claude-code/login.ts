import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Environment, Installation, LoginStatus } from "@tutti/core";
import { runCommand } from "../../process/run-command.ts";
import { authStatus } from "./wire.ts";

const LIMIT_MS = 20_000;

/** Asks the program itself, which knows every way of logging in, keychains included. It answers without the network. */
export async function findLogin({ path }: Installation, environment: Environment): Promise<LoginStatus> {
  const { output } = await runCommand({
    command: [path, "auth", "status"],
    cwd: environment.HOME ?? "/",
    env: { ...environment, DISABLE_AUTOUPDATER: "1" },
    marker: `login-${randomUUID()}`,
    timeoutMs: LIMIT_MS,
  });
  const status = statusIn(output);
  if (!status) return { found: false, where: "claude auth status gave no answer" };
  if (!status.loggedIn) return { found: false, where: "claude auth status" };
  const { authMethod, apiKeySource, configDirectory } = status;
  if (authMethod === "claude.ai" && configDirectory)
    return { found: true, where: join(configDirectory, ".credentials.json") };
  return { found: true, where: apiKeySource ?? authMethod };
}

function statusIn(output: string) {
  try {
    return authStatus.safeParse(JSON.parse(output.slice(output.indexOf("{"), output.lastIndexOf("}") + 1)))
      .data;
  } catch {
    return undefined;
  }
}
