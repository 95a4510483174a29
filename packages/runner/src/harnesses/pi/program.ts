import { existsSync } from "node:fs";
import { open, readFile, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment, Route } from "@tutti/core";
import { z } from "zod";
import type { PiModel } from "./wire.ts";

/**
 * How to start the program at `path`. Pi is a script for Node 22.19 or newer; the Node that runs us is new enough, while the
 * one on PATH may not be. Anything but a Node script is started as it is. Never rejects.
 */
export async function commandOf(path: string): Promise<[command: string, ...args: string[]]> {
  const real = await realpath(path).catch(() => path);
  return /^#!.*\bnode\b/.test(await beginning(real)) ? [process.execPath, real] : [path];
}

async function beginning(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(128));
    return buffer.toString("latin1", 0, bytesRead).split("\n")[0] ?? "";
  } catch {
    return "";
  }
}

/** The environment that Pi gets: the person's, without Pi's own visits to the network. */
export function environmentOf(environment: Environment): NodeJS.ProcessEnv {
  return { ...environment, PI_OFFLINE: "1", PI_TELEMETRY: "0", PI_SKIP_VERSION_CHECK: "1" };
}

/**
 * The file of our extension, which Pi loads by its path. It stands beside this module; a build makes an ES module of it, which
 * Pi need not translate at each start.
 */
export function extensionPath(): string {
  const built = fileURLToPath(new URL("./extension.mjs", import.meta.url));
  return existsSync(built) ? built : fileURLToPath(new URL("./extension.ts", import.meta.url));
}

/** Where Pi keeps its logins and settings. */
export function configFolder({ HOME, PI_CODING_AGENT_DIR: moved }: Environment): string {
  const home = HOME ?? homedir();
  if (!moved) return join(home, ".pi/agent");
  return moved === "~" || moved.startsWith("~/") ? join(home, moved.slice(1)) : moved;
}

const modelsFileSchema = z.object({
  providers: z.record(
    z.string(),
    z.object({
      baseUrl: z.string().optional(),
      models: z.array(z.object({ id: z.string(), baseUrl: z.string().optional() })).optional(),
    }),
  ),
});

/**
 * Whether the person's `models.json` sends a model elsewhere than Pi would. A file that can't be read as it should (Pi allows
 * comments in it) may do so: then it does. Never rejects.
 */
export async function routeOf(model: PiModel | undefined, environment: Environment): Promise<Route> {
  if (!model) return "own";
  let text: string;
  try {
    text = await readFile(join(configFolder(environment), "models.json"), "utf8");
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "ENOENT" ? "own" : "redirected";
  }
  const provider = parseModelsFile(text)?.providers;
  if (!provider) return "redirected";
  const entry = provider[model.provider];
  const moved = entry?.baseUrl ?? entry?.models?.find(({ id }) => id === model.id)?.baseUrl;
  return moved === undefined ? "own" : "redirected";
}

function parseModelsFile(text: string): z.infer<typeof modelsFileSchema> | undefined {
  try {
    return modelsFileSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The endpoints that a `models.json` names. A file that can't be read names none. */
export function endpointsIn(text: string): URL[] {
  const providers = Object.values(parseModelsFile(text)?.providers ?? {});
  return providers
    .flatMap(({ baseUrl, models = [] }) => [baseUrl, ...models.map((model) => model.baseUrl)])
    .flatMap((url) => (url !== undefined && URL.canParse(url) ? [new URL(url)] : []));
}

/** Settings that name commands which Pi runs beside the calls that it brings to the gate. */
const commandSettings = ["shellCommandPrefix", "shellPath", "npmCommand"] as const;

/**
 * Whether the project's own Pi settings name commands that no gate would see. The agent itself may have written them, so
 * they don't count, whatever the person trusts; the person's own settings do. Never rejects.
 */
export async function projectNamesCommands(cwd: string): Promise<boolean> {
  try {
    const settings: unknown = JSON.parse(await readFile(join(cwd, ".pi/settings.json"), "utf8"));
    return (
      typeof settings === "object" && settings !== null && commandSettings.some((name) => name in settings)
    );
  } catch (cause) {
    return !(cause instanceof Error && "code" in cause && cause.code === "ENOENT");
  }
}
