/**
 * A host with one push gate, as a program of its own that a test can kill: for tests.
 *
 * `node sample-host.ts <folder> <runtime folder> <socket> <root> <log> <home> <policy> <dies>`
 * `dies`: the point at which it kills itself with SIGKILL, or "never".
 */
import { join } from "node:path";
import type { PushPorts } from "./exchange.ts";
import { openPushGate } from "./push-gate.ts";
import { allowAll, askAll, sampleLog } from "./sample-log.ts";

const [folder = "", runtimeFolder = "", socketPath = "", root = "", logPath = "", home = "", policy, dies] =
  process.argv.slice(2);

function at(point: string): void {
  if (dies === point) process.kill(process.pid, "SIGKILL");
}

const log = sampleLog(logPath, policy === "ask" ? askAll : allowAll);
const ports: PushPorts = {
  async request(facts) {
    at("before-request");
    const answer = await log.ports.request(facts);
    at("after-request");
    return answer;
  },
  async answered(push, signal) {
    const answer = await log.ports.answered(push, signal);
    at("after-answer");
    return answer;
  },
  async finish(push, outcome) {
    at("before-finish");
    await log.ports.finish(push, outcome);
    at("after-finish");
  },
};
await openPushGate({
  ...{ folder, runtimeFolder, socketPath, ports },
  repository: { root, commonDir: join(root, ".git"), objectFormat: "sha1" },
  environment: {
    PATH: process.env.PATH,
    HOME: home,
    GIT_CONFIG_GLOBAL: join(home, ".gitconfig"),
    GIT_CONFIG_NOSYSTEM: "1",
  },
  marker: `test/host-${process.pid}`,
  open: log.open(),
  now: () => new Date(),
});
process.stdin.on("data", (answer: Buffer) =>
  log.answer(answer.toString().trim() === "allow" ? "allow" : "deny"),
);
process.stdout.write("ready\n");
