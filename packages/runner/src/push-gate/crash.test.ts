import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { type SampleGate, sampleGate, script } from "./sample-gate.ts";
import { askAll } from "./sample-log.ts";

let sample: SampleGate;
let host: ChildProcess | undefined;
afterEach(async () => {
  host?.kill("SIGKILL");
  host = undefined;
  await sample.remove();
});

/** Closes the gate of this process and starts a host of its own over the same folders. */
async function startHost(policy: "allow" | "ask", dies: string): Promise<ChildProcess> {
  await sample.gate.close();
  const { folder, runtimeFolder, socketPath } = sample.options();
  const program = fileURLToPath(new URL("./sample-host.ts", import.meta.url));
  const places = [folder, runtimeFolder, socketPath, sample.root, join(sample.folder, "log.jsonl")];
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", program, ...places, join(sample.folder, "home"), policy, dies],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  host = child;
  await once(child.stdout, "data");
  return child;
}

/** How often the remote's main was moved to this commit. */
const arrivals = (tip: string): number =>
  sample
    .git(sample.remote, "reflog", "main")
    .split("\n")
    .filter((line) => line.startsWith(tip.slice(0, 7))).length;

async function opened(): Promise<void> {
  sample = await sampleGate();
  sample.git(sample.remote, "config", "core.logAllRefUpdates", "always");
}

test.each(["after-request", "before-finish", "after-finish"])(
  "a host that dies %s brings an allowed push to the remote once, and the next one finishes it",
  async (dies) => {
    await opened();
    await startHost("allow", dies);
    const tip = sample.commit(sample.agent, "b.txt");
    const { code } = await sample.asAgent("push", "origin", "main");
    expect(code).not.toBe(0);
    await sample.reopen();
    await sample.log.until(({ pushes }) => Object.values(pushes)[0]?.outcome?.result);
    expect(sample.held("main")).toBe(tip);
    expect(arrivals(tip)).toBe(1);
    expect(sample.log.pushes()).toMatchObject([
      { outcome: { result: dies === "before-finish" ? "already-there" : "forwarded" } },
    ]);
    expect((await sample.asAgent("push", "origin", "main")).said).toContain("Everything up-to-date");
  },
);

test("a host that dies before it asked leaves nothing, and the same push again is the first", async () => {
  await opened();
  await startHost("allow", "before-request");
  const tip = sample.commit(sample.agent, "b.txt");
  expect((await sample.asAgent("push", "origin", "main")).code).not.toBe(0);
  await sample.reopen();
  expect(sample.log.pushes()).toEqual([]);
  expect((await sample.asAgent("push", "origin", "main")).code).toBe(0);
  expect(sample.held("main")).toBe(tip);
});

test("a host that dies between the answer and the forward: the next one forwards, without any client", async () => {
  await opened();
  const child = await startHost("ask", "after-answer");
  const tip = sample.commit(sample.agent, "b.txt");
  const push = sample.startAgent("push", "origin", "main");
  await push.heard("waiting for a person");
  child.stdin?.write("allow");
  expect((await push.ended).code).not.toBe(0);
  expect(sample.held("main")).toBe(sample.base);
  await sample.reopen();
  await sample.log.until(({ pushes }) => Object.values(pushes)[0]?.outcome?.result);
  expect(sample.held("main")).toBe(tip);
  expect(arrivals(tip)).toBe(1);
  expect(sample.log.asked).toEqual([]);
});

test("a host that dies while the remote takes the push: it is there once", async () => {
  await opened();
  const child = await startHost("allow", "never");
  script(join(sample.remote, "hooks/pre-receive"), `kill -9 ${child.pid} 2>/dev/null; exit 0`);
  const tip = sample.commit(sample.agent, "b.txt");
  expect((await sample.asAgent("push", "origin", "main")).code).not.toBe(0);
  await sample.reopen();
  const outcome = await sample.log.until(({ pushes }) => Object.values(pushes)[0]?.outcome);
  expect(["forwarded", "already-there"]).toContain(outcome.result);
  expect(sample.held("main")).toBe(tip);
  expect(arrivals(tip)).toBe(1);
});

test("a host that dies while a person is asked: the question stays, joined by the same push, and decides once", async () => {
  await opened();
  const child = await startHost("ask", "never");
  const tip = sample.commit(sample.agent, "b.txt");
  const first = sample.startAgent("push", "origin", "main");
  await first.heard("waiting for a person");
  child.kill("SIGKILL");
  expect((await first.ended).code).not.toBe(0);
  await sample.reopen({ policy: askAll });
  const second = sample.startAgent("push", "origin", "main");
  await second.heard("on its way already");
  expect(sample.log.asked).toEqual([]);
  expect(sample.log.pushes()).toHaveLength(1);
  sample.log.answer("allow");
  expect((await second.ended).code).toBe(0);
  expect(arrivals(tip)).toBe(1);
});

test("locks of a git that was killed do not close the gate for ever", async () => {
  await opened();
  const folder = sample.options().folder;
  const [repository = ""] = readdirSync(folder).filter((name) => name.startsWith("origin-"));
  for (const lock of ["packed-refs.lock", "refs/heads/main.lock", "HEAD.lock"]) {
    writeFileSync(join(folder, repository, lock), "");
  }
  await sample.reopen();
  const theirs = sample.commit(sample.root, "c.txt");
  sample.git(sample.root, "push", "--quiet", sample.remote, "main");
  expect((await sample.asAgent("pull", "--quiet", "origin", "main")).code).toBe(0);
  expect(sample.git(sample.agent, "rev-parse", "HEAD")).toBe(theirs);
});

test("a forced update that a host did not live to finish is rescued once, and the outcome tells it", async () => {
  await opened();
  const lost = sample.commit(sample.agent, "b.txt");
  await sample.asAgent("push", "origin", "main");
  await startHost("allow", "before-finish");
  sample.git(sample.agent, "commit", "--quiet", "--amend", "-m", "Rewritten");
  expect((await sample.asAgent("push", "--force", "origin", "main")).code).not.toBe(0);
  await sample.reopen();
  const outcome = await sample.log.until(({ pushes }) => Object.values(pushes)[1]?.outcome);
  const kept = sample
    .git(sample.root, "for-each-ref", "--format=%(refname)", "refs/tutti/rescue/")
    .split("\n");
  expect(outcome).toMatchObject({ result: "already-there", rescued: [{ ref: kept[0], sha: lost }] });
  expect(kept).toHaveLength(1);
});
