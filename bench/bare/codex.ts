import { existsSync, globSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { type BareCli, playBare } from "./bare-cli.ts";
import { type Line, Program } from "./program.ts";

export const codex: BareCli = {
  harness: "codex",
  turn({ installation, environment, cwd, provider, model, text }) {
    const service = `{name="Rehearsal",base_url=${JSON.stringify(provider.baseUrl)},wire_api="responses",env_key="REHEARSAL_KEY"}`;
    const settings = [
      'model_provider="rehearsal"',
      `model_providers.rehearsal=${service}`,
      "check_for_update_on_startup=false",
      'web_search="disabled"',
      "features.apps=false",
      "features.plugins=false",
    ];
    const program = new Program({
      command: binaryOf(installation.path),
      args: [...settings.flatMap((setting) => ["-c", setting]), "app-server"],
      cwd,
      env: environment,
    });
    let requests = 0;
    const ask = async (method: string, params: object): Promise<Line> => {
      const id = ++requests;
      program.say({ id, method, params });
      const answer = await program.next((line) => line.id === id && !("method" in line), method);
      if ("error" in answer) throw new Error(`${method} failed: ${JSON.stringify(answer.error)}`);
      return answer;
    };
    let threadId: unknown;
    return playBare(program, {
      async open() {
        await ask("initialize", {
          clientInfo: { name: "bench", title: "Bench", version: "0.1.0" },
          capabilities: { experimentalApi: true },
        });
        program.say({ method: "initialized" });
        const started = await ask("thread/start", {
          cwd,
          model,
          approvalPolicy: "never",
          sandbox: "workspace-write",
        });
        threadId = inside(inside(started, "result"), "thread")?.id;
      },
      async prompt() {
        await ask("turn/start", { threadId, input: [{ type: "text", text, text_elements: [] }] });
        const completed = await program.next(({ method }) => method === "turn/completed", "the turn's end");
        const turn = inside(inside(completed, "params"), "turn");
        if (turn?.status !== "completed") throw new Error(`the turn failed: ${JSON.stringify(turn)}`);
      },
    });
  },
};

function inside(line: Line | undefined, name: string): Line | undefined {
  const value = line?.[name];
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}

/** The program behind npm's launcher: the launcher is a Node of its own, which would make Tutti look good. */
function binaryOf(path: string): string {
  const [scope] = dirname(dirname(realpathSync(path)))
    .split("/codex")
    .slice(0, 1);
  const [binary] = scope ? globSync(join(scope, "codex-*", "vendor", "*", "bin", "codex")) : [];
  return binary && existsSync(binary) ? binary : path;
}
