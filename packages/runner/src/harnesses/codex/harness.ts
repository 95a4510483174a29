import { randomUUID } from "node:crypto";
import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Harness } from "@tutti/core";
import { findInstallation } from "../../process/installation.ts";
import { runCommand } from "../../process/run-command.ts";
import { homeOf } from "./home.ts";
import { needs } from "./needs.ts";
import { binaryOf } from "./program.ts";
import { openSession } from "./session.ts";

const STATUS_LIMIT_MS = 30_000;

/** OpenAI's Codex CLI, spoken with over `codex app-server`. */
export const codex: Harness = {
  descriptor: {
    id: "codex",
    title: "Codex",
    mark: "CX",
    form: "outline",
    vendor: "openai",
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
      wires: ["responses"],
    },
    install: "npm install --global @openai/codex",
    login: "codex login",
  },
  find: (environment, folders) => findInstallation("codex", environment, folders),
  async login({ path }, environment) {
    const { exitCode } = await runCommand({
      command: [await binaryOf(path), "login", "status"],
      cwd: "/",
      env: { ...environment },
      marker: `login-${randomUUID()}`,
      timeoutMs: STATUS_LIMIT_MS,
    });
    const file = join(homeOf(environment), "auth.json");
    const inFile = await access(file).then(
      () => true,
      () => false,
    );
    return { found: exitCode === 0, where: inFile ? file : "codex login status" };
  },
  needs,
  async bubblewraps({ path }) {
    const folder = dirname(await binaryOf(path));
    return ["../codex-resources/bwrap", "../path/bwrap", "bwrap"].map((file) => join(folder, file));
  },
  open: openSession,
};
