/**
 * The second promise: an agent that is told to force-push waits for a person, on each of the real agent CLIs. A no leaves the
 * remote as it was and reaches the agent; a yes that comes after everything was killed takes effect once.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ApprovalState, LoggedEvent } from "@tutti/core";
import { parseScenario, type Rehearsal, startRehearsal } from "@tutti/rehearsal";
import { harnesses } from "@tutti/runner";
import { afterEach, beforeAll, expect, it } from "vitest";
import { build, type Home, openHome, runs, until } from "./terminal.ts";

const clis =
  process.env.TUTTI_HARNESS_CLIS ??
  fileURLToPath(new URL("../harness-clis/node_modules/.bin", import.meta.url));

const scenario = parseScenario(`
name: force push
models: [claude-sonnet-4-5, gpt-5.2-codex, rehearsal]
parts:
  - name: resumed
    match: { system: "/Tutti role:\\\\s*implementer/i", user: "/A person allowed|Nobody can say/" }
    steps:
      - shell: "git push --force origin HEAD:release"
      - say: "The push went through after all."
  - name: implementer
    match: { system: "/Tutti role:\\\\s*implementer/i" }
    steps:
      - write: { path: notes.txt, content: "rewritten" }
      - shell: "git add notes.txt && git commit -qm Rewrite && git push --force origin HEAD:release"
      - say: "That is all."
  - name: reviewer
    match: { system: "/Tutti role:\\\\s*reviewer/i" }
    steps:
      - call: { tool: submit_review, input: { findings: [] } }
      - say: "Fine."
`);

let home: Home | undefined;
let models: Rehearsal | undefined;

beforeAll(build);
afterEach(async () => {
  await home?.close();
  await models?.close();
});

const vendors: Record<string, string> = { anthropic: "claude-sonnet-4-5", openai: "gpt-5.2-codex" };

/** A home with a remote whose branch `release` holds a commit that a force-push would lose, and an agent on scripted models. */
async function stage(harness: string): Promise<{ home: Home; remote: string; lost: string }> {
  const opened = await openHome();
  home = opened;
  models = await startRehearsal({ scenario });
  Object.assign(opened.env, { TUTTI_HARNESS_CLIS: clis, TUTTI_FAKE_HARNESS: "" });
  const remote = join(opened.repository, "../remote.git");
  execFileSync("git", ["clone", "--quiet", "--bare", opened.repository, remote]);
  opened.git("remote", "add", "origin", remote);
  opened.git("fetch", "--quiet", "origin");
  const tree = opened.git("rev-parse", "HEAD^{tree}");
  const lost = opened.git("commit-tree", tree, "-p", "HEAD", "-m", "Somebody else's work");
  opened.git("push", "--quiet", "origin", `${lost}:refs/heads/release`);
  const entry = (id: string) => {
    const descriptor = harnesses.find((one) => one.descriptor.id === id)?.descriptor;
    const vendor = descriptor?.vendor ?? "somebody";
    const wire = descriptor?.capabilities.wires[0] ?? "chat";
    return { vendor, wire, model: vendors[vendor] ?? "rehearsal", url: models?.baseUrls[wire] };
  };
  const other = harness === "codex" ? "claude-code" : "codex";
  const seat = (id: string) => `[{ harness: ${id}, provider: ${id}, model: ${entry(id).model} }]`;
  const provider = (id: string) =>
    `  ${id}: { baseUrl: "${entry(id).url}", wire: ${entry(id).wire}, vendor: ${entry(id).vendor} }`;
  await opened.agent(
    "pusher",
    `name: pusher
orchestration: implement-review-merge
roles: { implementer: ${seat(harness)}, reviewer: ${seat(other)} }
providers:
${provider(harness)}
${provider(other)}
limits: { rounds: 0 }
`,
  );
  return { home: opened, remote, lost };
}

const at = (remote: string, ref: string): string =>
  execFileSync("git", ["--git-dir", remote, "rev-parse", "--verify", "--quiet", ref], {
    encoding: "utf8",
  }).trim();

/** The question about the push, once it is asked. */
const question = (tutti: Home): Promise<ApprovalState & { session: string }> =>
  until(async () => {
    const { code, stdout } = await tutti.tutti("approvals", "--json");
    if (code !== 0) return undefined;
    const waiting = JSON.parse(stdout) as (ApprovalState & { session: string })[];
    return waiting.find(({ subject }) => subject.kind === "push" || subject.kind === "tool");
  });

const log = async (tutti: Home, session: string): Promise<LoggedEvent[]> => {
  const { stdout } = await tutti.tutti("events", session, "--json");
  return stdout
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text));
};

it.each(["claude-code", "codex", "pi"])(
  "%s is held, and a no leaves the remote as it was",
  async (harness) => {
    const { home, remote, lost } = await stage(harness);
    await home.tutti("run", "pusher", "Rewrite the notes", "--detach", "--yes");
    const { id, session, subject } = await question(home);
    expect(subject).toMatchObject({ kind: "push", weight: "irreversible", facts: { remote: "origin" } });
    if (subject.kind !== "push") throw new Error(subject.kind);
    expect(subject.facts.updates).toMatchObject([
      { ref: "refs/heads/release", kind: "forced", old: lost, removed: { count: 1 } },
    ]);
    expect(await home.tutti("deny", id, "--reason", "that branch is shared")).toMatchObject({ code: 0 });
    const said = await until(async () =>
      (await log(home, session)).find(({ event }) => event.type === "tool.finished" && !event.ok),
    );
    expect(JSON.stringify(said)).toContain("that branch is shared");
    expect(at(remote, "refs/heads/release")).toBe(lost);
  },
);

it.each(["claude-code", "codex", "pi"])(
  "%s: a yes after everything was killed pushes once",
  async (harness) => {
    const { home, remote, lost } = await stage(harness);
    await home.tutti("run", "pusher", "Rewrite the notes", "--detach", "--yes");
    const { id, session, subject } = await question(home);
    const status = (await home.json("status", "--json")) as Record<string, { pid: number }> & { pid: number };
    const postmaster = Number(
      readFileSync(join(home.folder, "state/postgres/data/postmaster.pid"), "utf8").split("\n")[0],
    );
    const all = [status.pid, status.server?.pid, status.host?.pid, postmaster].filter(
      (pid) => pid !== undefined,
    );
    for (const pid of all) process.kill(pid, "SIGKILL");
    await until(() => !all.some(runs));
    expect(at(remote, "refs/heads/release")).toBe(lost);

    home.start("serve", "--port", "0");
    await until(async () => (await home.tutti("status", "--json")).code === 0);
    expect((await question(home)).id).toBe(id);
    expect(await home.tutti("approve", id)).toMatchObject({ code: 0 });
    const wanted = subject.kind === "push" ? subject.facts.updates[0]?.new : undefined;
    await until(() => at(remote, "refs/heads/release") === wanted);
    const done = await until(async () => {
      const events = await log(home, session);
      const finished = events.filter(({ event }) => event.type === "push.finished");
      return finished.length > 0 && finished;
    });
    expect(done).toHaveLength(1);
    expect(done[0]?.event).toMatchObject({ outcome: { result: "forwarded", rescued: [{ sha: lost }] } });
    const reflog = join(remote, "logs/refs/heads/release");
    if (existsSync(reflog)) expect(readFileSync(reflog, "utf8").match(/push/g)?.length).toBe(2);
  },
);
