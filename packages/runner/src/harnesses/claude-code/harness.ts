import type { Harness } from "@tutti/core";
import { findInstallation } from "../../process/installation.ts";
import { findLogin } from "./login.ts";
import { needs } from "./needs.ts";
import { repositoryClaims } from "./repository-claims.ts";
import { openSession } from "./session.ts";

/** Anthropic's Claude Code, over the control protocol on its stdin and stdout. */
export const claudeCode: Harness = {
  descriptor: {
    id: "claude-code",
    title: "Claude Code",
    mark: "CC",
    form: "solid",
    vendor: "anthropic",
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
      wires: ["anthropic"],
    },
    install: "npm install --global @anthropic-ai/claude-code",
    login: "claude auth login",
  },
  find: (environment, folders) => findInstallation("claude", environment, folders),
  login: findLogin,
  claims: repositoryClaims,
  needs,
  open: openSession,
};
