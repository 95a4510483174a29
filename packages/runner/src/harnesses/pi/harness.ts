import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Harness } from "@tutti/core";
import { findInstallation } from "../../process/installation.ts";
import { runCommand } from "../../process/run-command.ts";
import { needs } from "./needs.ts";
import { commandOf, configFolder, environmentOf } from "./program.ts";
import { openSession } from "./session.ts";

const LOGIN_LIMIT_MS = 30_000;

/** Pi, spoken with over its rpc mode, with our extension inside it. See README.md. */
export const pi: Harness = {
  descriptor: {
    id: "pi",
    title: "Pi",
    mark: "Pi",
    form: "round",
    vendor: null,
    capabilities: {
      streaming: true,
      reasoning: true,
      steer: true,
      images: true,
      interrupt: true,
      resume: true,
      fork: true,
      model: "per-turn",
      usage: true,
      cost: "list",
      lentTools: true,
      wires: ["anthropic", "responses", "chat"],
    },
    install: "npm install -g @earendil-works/pi-coding-agent",
    login: "pi, then /login",
  },

  async find(environment, folders) {
    const found = await findInstallation("pi", environment, folders);
    if (found) return found;
    // The Node on PATH may be too old for Pi to say its version; ours is not.
    const PATH = [join(process.execPath, ".."), environment.PATH].filter(Boolean).join(":");
    return findInstallation("pi", { ...environment, PATH }, folders);
  },

  async login(installation, environment) {
    const command = [...(await commandOf(installation.path)), "--no-extensions", "--list-models"];
    const { exitCode, output } = await runCommand({
      command,
      cwd: "/",
      env: environmentOf(environment),
      marker: `login-${randomUUID()}`,
      timeoutMs: LOGIN_LIMIT_MS,
    });
    const providers = exitCode === 0 ? providersIn(output) : [];
    return providers.length > 0
      ? { found: true, where: `pi --list-models: ${providers.join(", ")}` }
      : { found: false, where: join(configFolder(environment), "auth.json") };
  },

  needs,
  open: openSession,
};

/** The providers that Pi has a login for: its table of models, in whose rows they stand first. */
function providersIn(output: string): string[] {
  const lines = output.split("\n");
  const head = lines.findIndex((line) => /^provider\s+model\b/.test(line));
  if (head === -1) return [];
  const names = lines.slice(head + 1).flatMap((line) => line.split(/\s+/)[0] || []);
  return [...new Set(names)];
}
