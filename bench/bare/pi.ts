import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type BareCli, playBare } from "./bare-cli.ts";
import { Program } from "./program.ts";

const apis = { anthropic: "anthropic-messages", responses: "openai-responses", chat: "openai-completions" };

export const pi: BareCli = {
  harness: "pi",
  turn({ installation, environment, cwd, provider, model, text }) {
    const models = join(environment.HOME ?? cwd, ".pi", "agent", "models.json");
    const entry = {
      baseUrl: provider.baseUrl,
      api: apis[provider.wire],
      apiKey: "rehearsed",
      models: [{ id: model }],
    };
    writeOnce(models, JSON.stringify({ providers: { rehearsal: entry } }));
    const program = new Program({
      command: process.execPath,
      args: [
        installation.path,
        ...["--mode", "rpc"],
        "--no-extensions",
        ...["--provider", "rehearsal"],
        ...["--model", model],
      ],
      cwd,
      env: { ...environment, PI_OFFLINE: "1", PI_TELEMETRY: "0", PI_SKIP_VERSION_CHECK: "1" },
    });
    return playBare(program, {
      async open() {
        program.say({ id: "state", type: "get_state" });
        await program.next(({ id }) => id === "state", "the session");
      },
      async prompt() {
        program.say({ id: "prompt", type: "prompt", message: text });
        const taken = await program.next(({ id }) => id === "prompt", "the prompt's answer");
        if (taken.success !== true) throw new Error(`the prompt failed: ${JSON.stringify(taken)}`);
        await program.next(({ type }) => type === "agent_settled", "the turn's end");
      },
    });
  },
};

function writeOnce(path: string, text: string): void {
  try {
    if (readFileSync(path, "utf8") === text) return;
  } catch {
    mkdirSync(dirname(path), { recursive: true });
  }
  writeFileSync(path, text);
}
