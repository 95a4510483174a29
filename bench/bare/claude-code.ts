import { type BareCli, playBare } from "./bare-cli.ts";
import { Program } from "./program.ts";

const flags = [
  "-p",
  ...["--input-format", "stream-json"],
  ...["--output-format", "stream-json"],
  "--verbose",
  "--include-partial-messages",
  "--strict-mcp-config",
  // Nobody is asked: the shell is what the bench's turns use.
  ...["--allowedTools", "Bash"],
];

export const claudeCode: BareCli = {
  harness: "claude-code",
  turn({ installation, environment, cwd, provider, model, text }) {
    const program = new Program({
      command: installation.path,
      args: [...flags, "--model", model],
      cwd,
      env: {
        ...environment,
        ANTHROPIC_BASE_URL: provider.baseUrl,
        ANTHROPIC_API_KEY: environment.REHEARSAL_KEY,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_AUTOUPDATER: "1",
      },
    });
    return playBare(program, {
      async open() {
        // It opens the session with the first text.
        program.say({ type: "user", message: { role: "user", content: text }, parent_tool_use_id: null });
        await program.next(({ type, subtype }) => type === "system" && subtype === "init", "the session");
      },
      async prompt() {
        const result = await program.next(({ type }) => type === "result", "the result");
        if (result.is_error !== false) throw new Error(`the turn failed: ${JSON.stringify(result)}`);
      },
    });
  },
};
