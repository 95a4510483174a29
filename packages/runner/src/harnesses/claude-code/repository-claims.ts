import type { ReadFile } from "@tutti/core";
import { z } from "zod";

/** The program's settings that a repository may carry. */
const files = [".claude/settings.json", ".claude/settings.local.json"];

const settingsSchema = z.looseObject({
  apiKeyHelper: z.string().optional(),
  awsAuthRefresh: z.string().optional(),
  awsCredentialExport: z.string().optional(),
  env: z.record(z.string(), z.unknown()).optional(),
});

/** Variables that decide where the person's code and credentials are sent. */
const routing =
  /(_BASE_URL|_AUTH_TOKEN|_API_KEY|_PROXY|_CUSTOM_HEADERS)$|^CLAUDE_CODE_USE_|^NODE_EXTRA_CA_CERTS$/i;

/**
 * The model endpoints and the commands for keys that a repository's settings name. Settings that can't be read claim
 * nothing: the program doesn't read them either.
 */
export async function repositoryClaims(read: ReadFile): Promise<string[]> {
  const claims: string[] = [];
  for (const file of files) {
    const settings = settingsSchema.safeParse(parsed(await read(file)));
    if (!settings.success) continue;
    const { apiKeyHelper, awsAuthRefresh, awsCredentialExport, env = {} } = settings.data;
    for (const command of [apiKeyHelper, awsAuthRefresh, awsCredentialExport])
      if (command !== undefined) claims.push(`${file}: Claude Code fetches credentials with ${command}`);
    for (const [name, value] of Object.entries(env))
      if (routing.test(name)) claims.push(`${file}: Claude Code works with ${name}=${String(value)}`);
  }
  return claims;
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
