import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadScenario, type Rehearsal, startRehearsal } from "@tutti/rehearsal";
import { expect, onTestFinished, test } from "vitest";
import { confinementForTests, programs, sampleConfinement } from "./sample-confinement.ts";

const here = await confinementForTests();
const conformance = fileURLToPath(new URL("../../../rehearsal/scenarios/conformance.yaml", import.meta.url));

interface Client {
  args(rehearsal: Rehearsal): readonly string[];
  env(rehearsal: Rehearsal): Readonly<Record<string, string>>;
  /** Files of its HOME. */
  files?(rehearsal: Rehearsal): Readonly<Record<string, string>>;
}

const clients: Readonly<Record<string, Client>> = {
  claude: {
    args: () => ["--model", "claude-sonnet-4-5", "--dangerously-skip-permissions", "-p"],
    env: ({ baseUrls }) => ({
      ANTHROPIC_BASE_URL: baseUrls.anthropic,
      ANTHROPIC_API_KEY: "none",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
    }),
  },
  codex: {
    args: ({ baseUrls }) => [
      ...["exec", "--skip-git-repo-check", "--sandbox", "danger-full-access", "--model", "gpt-5.5"],
      ...["-c", 'model_provider="rehearsal"', "-c", 'model_providers.rehearsal.name="Rehearsal"'],
      ...["-c", `model_providers.rehearsal.base_url="${baseUrls.responses}"`],
      ...["-c", 'model_providers.rehearsal.wire_api="responses"'],
      ...["-c", 'model_providers.rehearsal.env_key="REHEARSAL_KEY"'],
    ],
    env: () => ({ REHEARSAL_KEY: "none" }),
  },
  pi: {
    args: () => ["-p", "--model", "chat/rehearsal"],
    env: () => ({ PI_OFFLINE: "1", PI_TELEMETRY: "0", PI_SKIP_VERSION_CHECK: "1" }),
    files: ({ baseUrls }) => ({
      ".pi/agent/models.json": JSON.stringify({
        providers: {
          chat: {
            ...{ baseUrl: baseUrls.chat, api: "openai-completions", apiKey: "none" },
            models: [{ id: "rehearsal" }],
          },
        },
      }),
    }),
  },
};

for (const [name, client] of Object.entries(clients)) {
  const program = join(programs, name);
  test.skipIf(here.skip || !existsSync(program))(
    `${name} plays its turns inside, limits and all`,
    async () => {
      const rehearsal = await startRehearsal({ scenario: await loadScenario(conformance) });
      onTestFinished(() => rehearsal.close());
      const port = Number(new URL(rehearsal.baseUrls.chat).port);
      const server = createServer((inside) => {
        const model = connect(port, "127.0.0.1");
        inside.on("error", () => model.destroy()).pipe(model);
        model.on("error", () => inside.destroy()).pipe(inside);
      });
      const node = dirname(realpathSync(process.execPath));
      const { run, workspace, folder, remove } = await sampleConfinement((folder) => {
        mkdirSync(join(folder, "sockets"));
        for (const [path, content] of Object.entries(client.files?.(rehearsal) ?? {})) {
          mkdirSync(join(folder, "home", dirname(path)), { recursive: true, mode: 0o700 });
          writeFileSync(join(folder, "home", path), content);
        }
        return {
          readable: [dirname(realpathSync(programs)), node],
          ports: [{ port, socket: join(folder, "sockets/model.sock") }],
          limits: { processes: 256, memoryBytes: 4 * 1024 ** 3 },
          environment: { PATH: `${node}:/usr/bin:/bin` },
        };
      });
      server.listen(join(folder, "sockets/model.sock"));
      await once(server, "listening");
      onTestFinished(async () => {
        server.close();
        await remove();
      });

      const said = await run([program, "--version"]);
      expect(said.output).toMatch(/\d+\.\d+\.\d+/);
      const turn = async (prompt: string) =>
        (await run([program, ...client.args(rehearsal), prompt], client.env(rehearsal))).output;
      expect(await turn("scenario: shell from-the-shell")).toContain("shell: ok");
      expect(await turn("scenario: write deep/written.txt")).toContain("write: ok");
      expect(readFileSync(join(workspace, "deep/written.txt"), "utf8")).toBe("written by a rehearsal\n");
      expect(statSync(join(workspace, "deep/written.txt")).uid).toBe(process.getuid?.());
    },
  );
}
