import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "@tutti/core";
import { z } from "zod";
import { configFolder } from "./program.ts";
import type { PiModel } from "./wire.ts";

const loginsSchema = z.record(z.string(), z.object({ type: z.string() }));

/** A login with claude.ai is billed by use for programs other than the vendor's own, as Pi itself warns. */
const billedByUse: readonly string[] = ["anthropic"];

/**
 * Whether what a model uses is paid for by use: yes for a key, no where Pi is logged in with a plan (`oauth`). Reads the
 * kind of login alone. What can't be read counts as paid for. Never rejects.
 */
export async function isMetered(model: PiModel | undefined, environment: Environment): Promise<boolean> {
  if (!model || billedByUse.includes(model.provider)) return true;
  try {
    const text = await readFile(join(configFolder(environment), "auth.json"), "utf8");
    return loginsSchema.parse(JSON.parse(text))[model.provider]?.type !== "oauth";
  } catch {
    return true;
  }
}
