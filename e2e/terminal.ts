/** Tutti as a person has it: the built program, a home of its own, a repository, and the fake harness. */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const launcher = fileURLToPath(new URL("../scripts/tutti.mjs", import.meta.url));
export const program = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/** Brings the built program up to date with the sources. */
export async function build(): Promise<void> {
  await promisify(execFile)(process.execPath, [launcher, "--help"]);
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Home {
  /** `$TUTTI_HOME`. */
  folder: string;
  repository: string;
  env: NodeJS.ProcessEnv;
  /** Runs a verb to its end, in the repository, without a terminal. */
  tutti(...args: string[]): Promise<Ended>;
  /** The same for one that must succeed and print JSON. */
  json(...args: string[]): Promise<unknown>;
  /** Starts a verb that goes on. It is killed at the end. */
  start(...args: string[]): ChildProcess;
  git(...args: string[]): string;
  /** Writes an agent file of the person's own. */
  agent(name: string, text: string): Promise<void>;
  close(): Promise<void>;
}

/** An agent whose two roles the fake harness plays, under two vendors. */
export const duo = `name: duo
orchestration: implement-review-merge
roles:
  implementer: [{ harness: fake, provider: north }]
  reviewer: [{ harness: fake, provider: south }]
providers:
  north: { baseUrl: "http://127.0.0.1:9", wire: chat, vendor: north }
  south: { baseUrl: "http://127.0.0.1:9", wire: chat, vendor: south }
`;

/** What the fake harness does, by what the prompt says. */
const script = {
  parts: [
    {
      prompt: "Blocking findings",
      system: "Tutti role: implementer",
      steps: [
        { write: { path: "greeting.txt", content: "Hello\n" } },
        { usage: { input: 900, output: 100, costUsd: 0.02 } },
        { say: "Mended." },
      ],
    },
    {
      prompt: "sends it back",
      system: "Tutti role: implementer",
      steps: [{ write: { path: "greeting.txt", content: "Hello, world\n" } }, { say: "As you say." }],
    },
    {
      prompt: "second file",
      system: "Tutti role: implementer",
      steps: [{ write: { path: "second.txt", content: "Hello\n" } }, { say: "Wrote it." }],
    },
    {
      prompt: "second file",
      system: "Tutti role: reviewer",
      steps: [{ call: { tool: "submit_review", input: { findings: [] } } }, { say: "Fine." }],
    },
    {
      prompt: "wait for a word",
      system: "Tutti role: implementer",
      steps: [{ wait: "steer" }, { write: { path: "word.txt", content: "said\n" } }, { say: "Done." }],
    },
    {
      prompt: "run a long command",
      system: "Tutti role: implementer",
      steps: [{ shell: "echo $$ > pid.txt; exec sleep 600" }],
    },
    {
      prompt: "never end",
      system: "Tutti role: implementer",
      steps: [{ wait: "interrupt" }],
    },
    {
      system: "Tutti role: implementer",
      steps: [
        { shell: "ls" },
        { write: { path: "greeting.txt", content: "Helo\n" } },
        { usage: { input: 1000, output: 200, costUsd: 0.03 } },
        { say: "Wrote the greeting." },
      ],
    },
    {
      prompt: "Review round 3",
      steps: [{ call: { tool: "submit_review", input: { findings: [] } } }],
    },
    {
      prompt: "Review round 2",
      steps: [
        { call: { tool: "submit_review", input: { findings: [] } } },
        { usage: { input: 500, output: 50, costUsd: 0.01 } },
        { say: "Fine now." },
      ],
    },
    {
      system: "Tutti role: reviewer",
      steps: [
        {
          call: {
            tool: "submit_review",
            input: {
              findings: [
                {
                  severity: "blocking",
                  file: "greeting.txt",
                  line: 1,
                  claim: "The greeting is misspelt",
                  evidence: "cat greeting.txt prints Helo",
                },
              ],
            },
          },
        },
        { usage: { input: 700, output: 80, costUsd: 0.01 } },
        { say: "One finding." },
      ],
    },
  ],
};

export async function openHome(): Promise<Home> {
  // Sockets need a short path.
  const folder = await realpath(await mkdtemp("/tmp/tutti-cli-"));
  const repository = join(folder, "repository");
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: join(folder, "user"),
    TERM: "xterm-256color",
    TUTTI_HOME: join(folder, "home"),
    TUTTI_FAKE_HARNESS: "1",
    TUTTI_FAKE_SCRIPT: JSON.stringify(script),
  };
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", repository, ...args], {
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  await mkdir(join(folder, "user"));
  await mkdir(repository);
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "Ada");
  git("config", "user.email", "ada@example.org");
  writeFileSync(join(repository, "README.md"), "# sample\n");
  writeFileSync(join(repository, "Makefile"), "test:\n\ttrue\n");
  git("add", "--all");
  git("commit", "--quiet", "--message", "Start");

  const children = new Set<ChildProcess>();
  const start = (...args: string[]) => {
    const child = spawn(process.execPath, [program, ...args], {
      env,
      cwd: repository,
      stdio: ["pipe", "pipe", "pipe"],
    });
    children.add(child);
    child.once("exit", () => children.delete(child));
    return child;
  };
  const tutti = async (...args: string[]): Promise<Ended> => {
    const child = start(...args);
    child.stdin?.end();
    const [stdout, stderr] = [collected(child.stdout), collected(child.stderr)];
    const [code] = await once(child, "close");
    return { code: typeof code === "number" ? code : null, stdout: stdout(), stderr: stderr() };
  };
  const home: Home = {
    folder: join(folder, "home"),
    repository,
    env,
    tutti,
    start,
    git,
    async json(...args) {
      const { code, stdout, stderr } = await tutti(...args);
      if (code !== 0) throw new Error(`tutti ${args.join(" ")} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout);
    },
    async agent(name, text) {
      const file = join(folder, "home/config/agents", `${name}.yaml`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    },
    async close() {
      for (const child of children) child.kill("SIGKILL");
      await tutti("stop");
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
  await home.agent("duo", duo);
  return home;
}

function collected(stream: NodeJS.ReadableStream | null): () => string {
  let text = "";
  stream?.on("data", (chunk: Buffer) => {
    text += chunk;
  });
  return () => text;
}

/** Waits until something that cannot be listened to is so. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await delay(25);
  }
}

/** Whether a process runs; one that has ended and is not reaped yet doesn't. */
export function runs(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  if (!existsSync("/proc/self/stat")) {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  }
  try {
    return !/\) [ZX] /.test(readFileSync(file, "utf8"));
  } catch {
    return false;
  }
}

/** Waits for a line on a stream, and answers all that came until then. */
export function line(stream: NodeJS.ReadableStream | null, fits: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    stream?.on("data", (chunk: Buffer) => {
      text += chunk;
      if (fits.test(text)) resolve(text);
    });
    stream?.once("close", () => reject(new Error(`${fits} did not come; there was: ${text}`)));
  });
}
