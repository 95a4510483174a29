/** The command line, as a person and as a program use it. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { build, duo, type Home, line, openHome, program, runs, until } from "./terminal.ts";

beforeAll(build);

/** One line that says what to do, and nothing on stdout. */
const oneLine = (text: RegExp) => ({
  code: 2,
  stdout: "",
  stderr: expect.stringMatching(
    new RegExp(`^tutti: (?:(?!\\n).)*${text.source}(?:(?!\\n).)*\\n$`, text.flags),
  ),
});

describe("without a server", () => {
  let home: Home;
  beforeAll(async () => {
    home = await openHome();
  });
  afterAll(() => home.close());

  it("answers --version and --help, also of each verb", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    expect(await home.tutti("--version")).toEqual({ code: 0, stdout: `tutti ${version}\n`, stderr: "" });
    const help = await home.tutti("--help");
    expect(help).toMatchObject({ code: 0, stderr: "" });
    const verbs = [...help.stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, verb = ""]) => verb);
    expect(verbs).toEqual(
      expect.arrayContaining(["run", "attach", "approve", "serve", "doctor", "rehearse"]),
    );
    expect(verbs).not.toContain("demo");
    for (const verb of verbs.filter((word) => help.stdout.includes(`\n  ${word} `))) {
      const own = await home.tutti(verb, "--help");
      expect(own).toMatchObject({ code: 0, stderr: "" });
      expect(own.stdout).toMatch(/Examples:\n {2}tutti /);
      expect(own.stdout).toContain("--json");
    }
  });

  it("says in one line what is wrong with the input, and changes nothing", async () => {
    expect(await home.tutti("rn", "x")).toEqual(oneLine(/unknown command 'rn' \(Did you mean run\?\)/));
    expect(await home.tutti("run", "duo")).toEqual(oneLine(/missing required argument 'task'/));
    expect(await home.tutti("run", "duo", "x", "--yse")).toEqual(oneLine(/unknown option '--yse'.*--help/));
    expect(await home.tutti("run", "duo", " ")).toEqual(oneLine(/a task is empty/));
    expect(await home.tutti("run", "duo", "x", "--repo", "/tmp")).toEqual(oneLine(/not in a git repository/));
    expect(await home.tutti("run", "duo", "x", "--repo", "/nowhere")).toEqual(oneLine(/is no folder/));
    expect(await home.tutti("run", "duo", "x", "--target", "nope")).toEqual(oneLine(/no branch nope/));
    expect(await home.tutti("run", "duo", "x", "--contract", "nope")).toEqual(oneLine(/cannot be read/));
    expect(await home.tutti("run", "duo", "x", "--detach", "--rehearse", "demo")).toEqual(
      oneLine(/--detach/),
    );
    expect(await home.tutti("serve", "--port", "many")).toEqual(oneLine(/whole number/));
    expect(await home.tutti("events", "x", "--after", "-1")).toEqual(oneLine(/whole number/));
    expect(await home.tutti("deny", "x")).toEqual(oneLine(/--reason.*--note/));
    expect(await home.tutti("deny", "x", "--note", "ugly")).toEqual(oneLine(/"ugly" is no note: write/));
    expect(await home.tutti("deny", "x", "--notes", "nope")).toEqual(oneLine(/cannot be read/));
    expect(await home.tutti("rehearse", "nope.yaml")).toEqual(oneLine(/nope\.yaml: cannot be read/));
    expect(existsSync(join(home.folder, "state"))).toBe(false);
  });

  it("refuses a repository without a commit", async () => {
    const empty = join(home.folder, "empty");
    mkdirSync(empty, { recursive: true });
    execFileSync("git", ["init", "--quiet", empty]);
    expect(await home.tutti("run", "duo", "x", "--repo", empty)).toEqual(oneLine(/has no commit yet/));
  });

  it("tells that nothing runs", async () => {
    expect(await home.tutti("status")).toMatchObject({
      code: 3,
      stdout: expect.stringContaining("tutti serve"),
    });
    expect(await home.tutti("stop")).toEqual({ code: 0, stdout: "Tutti was not running.\n", stderr: "" });
    expect(await home.tutti("sessions")).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^tutti: .*`tutti serve`.*\n$/),
    });
  });

  it("checks a call against the rules, and says the verdict by its exit code", async () => {
    const check = (...args: string[]) => home.tutti("policy", "check", "--json", ...args);
    const verdict = ({ code, stdout }: { code: number | null; stdout: string }) => [
      code,
      JSON.parse(stdout).verdict,
    ];
    expect(verdict(await check("--command", "ls"))).toEqual([0, "allow"]);
    expect(verdict(await check("--command", "git push --force"))).toEqual([10, "ask"]);
    expect(verdict(await check("--tool", "edit", "--path", "/etc/hosts"))).toEqual([11, "deny"]);
    expect(await home.tutti("policy", "check")).toEqual(oneLine(/one of --command, --tool and --host/));
    expect(await home.tutti("policy")).toEqual(oneLine(/name a question: list, check/));
    expect(await home.tutti("policy", "chek")).toEqual(oneLine(/unknown question 'chek'/));
    expect(await home.tutti("policy", "test", "--with", "nope.yaml")).toEqual(oneLine(/cannot be read/));
    expect(await home.json("policy", "list", "--json")).toMatchObject({ problems: [] });
    expect(await home.tutti("audit")).toMatchObject({ code: 3, stdout: "" });
    expect(existsSync(join(home.folder, "state"))).toBe(false);
  });

  it("serves the models of a shipped scenario until it is told to end", async () => {
    const rehearsal = home.start("rehearse", "demo", "--json");
    const { baseUrls } = JSON.parse(await line(rehearsal.stdout, /\n/));
    expect(await (await fetch(`${baseUrls.responses}/models`)).json()).toMatchObject({ object: "list" });
    rehearsal.kill("SIGTERM");
    expect(await once(rehearsal, "exit")).toEqual([0, null]);
  });
});

describe("serve", () => {
  /** Starts `tutti serve` in a home of its own, and ends both after the body. */
  async function served(body: (home: Home, served: Served) => Promise<void>): Promise<void> {
    const home = await openHome();
    try {
      const supervisor = home.start("serve", "--port", "0", "--json");
      supervisor.stderr?.resume();
      const { url } = JSON.parse(await line(supervisor.stdout, /\n/));
      const status = (await home.json("status", "--json")) as Served["status"];
      await body(home, { supervisor, url, status });
    } finally {
      await home.close();
    }
  }
  interface Status {
    phase: string;
    pid: number;
    url: string;
    server: { pid: number; ready: boolean; restarts: number };
    host: { pid: number; ready: boolean; restarts: number };
  }
  interface Served {
    supervisor: ReturnType<Home["start"]>;
    url: string;
    status: Status;
  }
  const statusOf = async (home: Home): Promise<Status> => (await home.json("status", "--json")) as Status;
  const postmaster = (home: Home): number =>
    Number(readFileSync(join(home.folder, "state/postgres/data/postmaster.pid"), "utf8").split("\n")[0]);

  it("refuses a second one, keeps tokens and sockets to the user, and leaves nothing behind", async () => {
    await served(async (home, { supervisor, url, status }) => {
      expect(status).toMatchObject({
        phase: "ready",
        pid: supervisor.pid,
        url,
        server: { restarts: 0 },
        host: { restarts: 0 },
      });
      expect(await home.tutti("serve")).toEqual(oneLine(/running already.*tutti stop/));
      expect((await fetch(`${url}/v1/sessions`)).status).toBe(401);
      const pids = [status.server.pid, status.host.pid, postmaster(home)];
      expect(pids.every(runs)).toBe(true);
      supervisor.kill("SIGTERM");
      expect(await once(supervisor, "exit")).toEqual([0, null]);
      expect(pids.filter(runs)).toEqual([]);
      expect(execFileSync("find", [home.folder, "-type", "s"], { encoding: "utf8" })).toBe("");
    });
  });

  it("says that a port is taken", async () => {
    const home = await openHome();
    const taken = createServer();
    try {
      taken.listen(0, "127.0.0.1");
      await once(taken, "listening");
      const address = taken.address();
      const port = typeof address === "object" && address ? address.port : 0;
      expect(await home.tutti("serve", "--port", String(port))).toMatchObject({
        code: 2,
        stdout: "",
        stderr: expect.stringMatching(
          new RegExp(`tutti: port ${port} of 127\\.0\\.0\\.1 is taken: .*--port`),
        ),
      });
      expect(await home.tutti("status")).toMatchObject({ code: 3 });
    } finally {
      taken.close();
      await home.close();
    }
  });

  it("starts a killed server and a killed host again, each without touching the other", async () => {
    await served(async (home, { url, status }) => {
      process.kill(status.server.pid, "SIGKILL");
      const after = await until(async () => {
        const now = await statusOf(home).catch(() => undefined);
        return now?.server.ready && now.server.restarts === 1 && now.phase === "ready" ? now : undefined;
      });
      expect(after).toMatchObject({ url, host: { pid: status.host.pid, restarts: 0 } });
      process.kill(after.host.pid, "SIGKILL");
      await until(async () => {
        const { host, server } = await statusOf(home);
        return host.ready && host.restarts === 1 && server.pid === after.server.pid;
      });
      expect(await home.json("sessions", "--json")).toEqual([]);
      expect(await home.json("run", "duo", "Greet", "--yes", "--json")).toMatchObject({ outcome: "merged" });
    });
  });

  it("takes everything down with a supervisor that is killed, the agents' commands too", async () => {
    await served(async (home, { supervisor, status }) => {
      const { session } = (await home.json("run", "duo", "run a long command", "--detach", "--json")) as {
        session: string;
      };
      const file = join(home.folder, "state/worktrees", session, "run-a-long-command/pid.txt");
      const command = await until(() => existsSync(file) && Number(readFileSync(file, "utf8")));
      const pids = [status.server.pid, status.host.pid, postmaster(home), command];
      supervisor.kill("SIGKILL");
      await until(() => !pids.some(runs));
      expect(await home.tutti("status")).toMatchObject({ code: 3 });
      // The next one takes the request up where it stood.
      const again = home.start("serve", "--port", "0", "--json");
      again.stderr?.resume();
      await line(again.stdout, /\n/);
      await until(async () => {
        const [request] = (await home.json("sessions", "--json")) as { id: string; status: string }[];
        return request?.id === session && request.status === "waiting";
      });
    });
  });
});

describe("requests", () => {
  let home: Home;
  beforeAll(async () => {
    home = await openHome();
    const supervisor = home.start("serve", "--port", "0", "--json");
    supervisor.stderr?.resume();
    await line(supervisor.stdout, /\n/);
  });
  afterAll(() => home.close());
  // Each begins with a repository in which nothing was greeted yet.
  beforeEach(() => {
    if (home.git("ls-files", "greeting.txt", "second.txt") === "") return;
    home.git("rm", "--quiet", "--ignore-unmatch", "greeting.txt", "second.txt");
    home.git("commit", "--quiet", "--message", "Start anew");
  });

  /** Begins a request without watching it, and waits until it is at a point. */
  async function begun(
    task: string,
    ready: (state: { status: string; detail: string }) => boolean,
  ): Promise<string> {
    const { session } = (await home.json("run", "duo", task, "--detach", "--json")) as { session: string };
    await until(async () => {
      const list = (await home.json("sessions", "--all", "--json")) as {
        id: string;
        status: string;
        detail: string;
      }[];
      return list.some((one) => one.id.startsWith(session) && ready(one));
    });
    return session;
  }
  const waiting = ({ status }: { status: string }) => status === "waiting";

  it("merges what was said yes to, and reports it", async () => {
    const told = await home.tutti("run", "duo", "Greet the world", "--yes", "--json");
    expect(told.code).toBe(0);
    const report = JSON.parse(told.stdout);
    const head = home.git("rev-parse", "main");
    const tree = home.git("rev-parse", "main^{tree}");
    expect(report).toEqual({
      session: expect.any(String),
      outcome: "merged",
      tasks: [
        {
          id: "greet-the-world",
          outcome: "merged",
          implementer: { harness: "fake", vendor: "north", model: "fake-1" },
          reviewer: { harness: "fake", vendor: "south", model: "fake-1" },
          rounds: 1,
          findings: [
            expect.objectContaining({ severity: "blocking", file: "greeting.txt", line: 1, round: 1 }),
          ],
          checks: [{ command: "make test", exitCode: 0, treeHash: tree }],
          verdict: { approved: true, treeHash: tree },
          mergedCommit: head,
          cost: { usd: expect.closeTo(0.07), source: "reported" },
        },
      ],
    });
    // What happened is told meanwhile, line by line, where there is no terminal.
    expect(told.stderr).toMatch(/implementing/);
    expect(told.stderr).toMatch(/✗ greeting\.txt:1 The greeting is misspelt/);
    expect(told.stderr).not.toContain("\u001b");
    const prefix = report.session.slice(0, 4);
    expect(await home.json("show", prefix, "--json")).toEqual(report);
    expect((await home.tutti("show", prefix)).stdout).toContain("approved in review 2");
    const log = (await home.tutti("events", prefix, "--json")).stdout.trim().split("\n");
    expect(JSON.parse(log[0] ?? "")).toMatchObject({ seq: 1, event: { type: "session.created" } });
    const later = (
      await home.tutti("events", prefix, "--after", String(log.length - 2), "--json")
    ).stdout.trim();
    expect(later.split("\n")).toEqual(log.slice(-2));
    const all = (await home.json("sessions", "--all", "--json")) as { id: string; parent: string | null }[];
    expect(all.filter(({ parent }) => parent === report.session).length).toBe(3);
  });

  it("explains what was decided, replays it, and keeps an audit that is whole", async () => {
    const { session } = (await home.json("run", "duo", "Greet", "--yes", "--json")) as { session: string };
    const rows = (await home.tutti("audit", "--session", session, "--json")).stdout.trim().split("\n");
    const audited = rows.map((row) => JSON.parse(row));
    expect(audited.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["session.created", "verdict.recorded", "approval.resolved", "work.finished"]),
    );
    const verified = (await home.json("audit", "verify", "--json")) as {
      ok: boolean;
      head: { hash: string };
    };
    expect(verified).toMatchObject({ ok: true, found: 0 });
    expect(await home.tutti("audit", "verify", "--anchor", verified.head.hash)).toMatchObject({ code: 0 });
    expect(await home.tutti("audit", "verify", "--anchor", "0".repeat(64))).toMatchObject({ code: 1 });
    const { body } = audited.find(({ kind }) => kind === "approval.requested");
    expect(await home.json("policy", "explain", JSON.parse(body).approval, "--json")).toMatchObject({
      ...{ kind: "merge", question: { answer: "allow", via: "preapproved" } },
    });
    const file = join(home.folder, "strict.yaml");
    writeFileSync(
      file,
      "rules: [{ name: no, when: \"phase == 'request'\", effect: ask, reason: first me }]\n",
    );
    expect(await home.json("policy", "test", "--with", file, "--json")).toMatchObject({
      changes: expect.arrayContaining([
        expect.objectContaining({ from: "allow", to: "ask", subject: "turn", policies: ["strict.yaml"] }),
      ]),
    });
    expect(await home.json("policy", "shadow", "--json")).toEqual({ rules: [] });
    expect(await home.tutti("policy", "check", "--command", "git push --force")).toMatchObject({ code: 10 });
  });

  it("waits for a yes, shows what it is about, and takes it once", async () => {
    const session = await begun("Greet, and ask", waiting);
    const list = await home.tutti("approvals");
    expect(list.stdout).toContain("merge task greet-and-ask into main?");
    const card = await home.tutti("approvals", session, "--diff");
    for (const word of ["greeting.txt", "+1", "✓ make test", "approved by south", "$0.07", "+Hello"])
      expect(card.stdout).toContain(word);
    const watching = home.tutti("attach", session, "--json");
    const { approval } = (await home.json("approve", session, "--json")) as { approval: string };
    expect(await home.tutti("approve", approval)).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/answered already: yes/),
    });
    const ended = await watching;
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ session, outcome: "merged" });
  });

  it("keeps the change of a request that was denied, and ends with 1", async () => {
    const running = home.start("run", "duo", "Greet in vain", "--json");
    const told = line(running.stderr, /tutti approve (\S+)/);
    const ended = line(running.stdout, /\n/);
    const [, approval = ""] = /tutti approve (\S+)/.exec(await told) ?? [];
    const before = home.git("rev-parse", "main");
    expect(await home.tutti("deny", approval, "--reason", "not today")).toMatchObject({ code: 0 });
    expect(JSON.parse(await ended)).toMatchObject({ outcome: "declined", tasks: [{ mergedCommit: null }] });
    expect(await once(running, "exit")).toEqual([1, null]);
    expect(home.git("rev-parse", "main")).toBe(before);
  });

  it("sends a change back with notes, tells what becomes of it, and asks again", async () => {
    const running = home.start("run", "duo", "Greet the world", "--json");
    const asked = /back: tutti deny (\S+) --note/;
    const again = line(running.stderr, /sent back by [\s\S]*back: tutti deny \S+ --note/);
    const ended = line(running.stdout, /\n/);
    const [, approval = ""] = asked.exec(await line(running.stderr, asked)) ?? [];
    const file = join(home.folder, "notes.txt");
    writeFileSync(file, "greeting.txt:1: greet\n  the world\n");
    const told = await home.tutti("deny", approval, "--notes", file, "--note", "greeting.txt: no more");
    expect(told).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Sent back with 2 notes: merge/) });
    const [, second = ""] = asked.exec((await again).replaceAll(approval, "")) ?? [];
    expect(await home.tutti("approve", second)).toMatchObject({ code: 0 });
    expect(JSON.parse(await ended)).toMatchObject({
      outcome: "merged",
      tasks: [
        {
          rounds: 2,
          findings: [
            { round: 1, claim: "The greeting is misspelt" },
            { round: 2, by: "person", file: "greeting.txt", claim: "no more" },
            { round: 2, by: "person", file: "greeting.txt", line: 1, claim: "greet\nthe world" },
          ],
        },
      ],
    });
    expect(home.git("show", "main:greeting.txt")).toBe("Hello, world");
  });

  it("does several tasks at once", async () => {
    const report = await home.json(
      "run",
      "duo",
      "Greet",
      "--task",
      "Write the second file",
      "--yes",
      "--json",
    );
    expect(report).toMatchObject({
      outcome: "merged",
      tasks: [
        { id: "greet", outcome: "merged", rounds: 1 },
        { id: "write-the-second-file", outcome: "merged", rounds: 0 },
      ],
    });
  });

  it("passes a line on to the agent at work, and interrupts it", async () => {
    const steered = await begun("wait for a word", ({ detail }) => /^is thinking/.test(detail));
    const watching = home.start("attach", steered);
    watching.stdout?.resume();
    watching.stdin?.write("now\n");
    await line(watching.stderr, /steered: now/);
    watching.kill("SIGINT");
    expect(await once(watching, "exit")).toEqual([130, null]);
    const endless = await begun("never end", ({ detail }) => /^is thinking/.test(detail));
    expect(await home.json("interrupt", endless, "--json")).toEqual({ session: endless, turns: 1 });
    expect(await home.tutti("attach", endless)).toMatchObject({
      code: 0,
      stdout: "interrupted  never-end\n",
    });
    expect(await home.tutti("interrupt", endless)).toMatchObject({ code: 4 });
  });

  it("leaves the work going on when Ctrl-C is pressed", async () => {
    const running = home.start("run", "duo", "never end");
    running.stdout?.resume();
    const [, session = ""] =
      /session (\S+)/.exec(await line(running.stderr, /session \S+[\s\S]*implementing/)) ?? [];
    running.kill("SIGINT");
    expect(await once(running, "exit")).toEqual([130, null]);
    expect(await home.json("show", session, "--json")).toMatchObject({ outcome: null });
    await until(async () => (await home.tutti("interrupt", session)).code === 0);
  });

  it("names the file, line and column of a broken agent file, and what it does not know", async () => {
    await home.agent("broken", duo.replace("name: duo", "name: broken").replace("roles:", "rolls:"));
    expect(await home.tutti("run", "broken", "x")).toEqual(oneLine(/config\/agents\/broken\.yaml:\d+:\d+: /));
    await home.agent(
      "strange",
      duo.replace("name: duo", "name: strange").replace("harness: fake", "harness: nobody"),
    );
    expect(await home.tutti("run", "strange", "x")).toEqual(
      oneLine(/strange\.yaml: roles\.implementer: no harness named nobody; known: .*, .*/),
    );
    expect(await home.tutti("run", "nobody", "x")).toEqual(
      oneLine(/no agent named nobody; known: .*duo.*polly/),
    );
    const listed = await home.tutti("agents");
    expect(listed).toMatchObject({ code: 2, stderr: expect.stringContaining("broken.yaml:") });
    expect(listed.stdout).toContain("duo");
    rmSync(join(home.folder, "config/agents/broken.yaml"));
    rmSync(join(home.folder, "config/agents/strange.yaml"));
  });

  it("lets a repository's own agent of the same name count", async () => {
    const folder = join(home.repository, ".tutti/agents");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "duo.yaml"), "name: [");
    try {
      expect(await home.tutti("run", "duo", "x")).toEqual(oneLine(/\.tutti\/agents\/duo\.yaml:\d+:\d+: /));
      const roster = "[{ harness: codex }]";
      const text = `name: duo\norchestration: implement-review-merge\nroles: { implementer: ${roster}, reviewer: ${roster} }\n`;
      writeFileSync(join(folder, "duo.yaml"), text);
      expect(await home.tutti("run", "duo", "x")).toEqual(oneLine(/\.tutti\/.* is not committed: /));
    } finally {
      rmSync(join(home.repository, ".tutti"), { recursive: true });
    }
  });

  it("says which logins are missing, and how to get them", async () => {
    const told = await home.tutti("run", "polly", "x");
    expect(told).toEqual(oneLine(/nobody can take the role implementer: .*--rehearse demo/));
  });

  it("says when only one vendor can be reached", async () => {
    await home.agent(
      "alone",
      duo.replace("name: duo", "name: alone").replace("vendor: south", "vendor: north"),
    );
    expect(await home.tutti("run", "alone", "x")).toEqual(oneLine(/only models of north/));
  });

  it("signs a browser in by a link that opens once, lists it and signs it out", async () => {
    const { url, expiresAt } = (await home.json("link", "--json")) as { url: string; expiresAt: string };
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now());
    // As a browser does that follows a link; what a page fetches opens none.
    const open = async (): Promise<IncomingMessage> => {
      const [answer] = await once(get(url, { headers: { "user-agent": "a browser" } }), "response");
      return answer.resume();
    };
    const opened = await open();
    expect(opened.statusCode).toBe(303);
    expect((await open()).statusCode).toBe(410);
    const cookie = opened.headers["set-cookie"]?.[0]?.split(";", 1)[0] ?? "";
    const asBrowser = () => fetch(new URL("/v1/sessions", url), { headers: { cookie } });
    expect((await asBrowser()).status).toBe(200);
    const [signIn] = (await home.json("link", "--list", "--json")) as { id: string; browser: string }[];
    expect(signIn?.browser).toBe("a browser");
    expect((await home.tutti("link", "--list")).stdout).toContain(`${signIn?.id}  seen`);
    const short = signIn?.id.replace("sign-in-", "").slice(0, 6) ?? "";
    expect(await home.tutti("link", "--revoke", short)).toMatchObject({
      code: 0,
      stdout: "Signed out: a browser\n",
    });
    expect((await asBrowser()).status).toBe(401);
    expect(await home.tutti("link", "--revoke", short)).toEqual(oneLine(/no browser is signed in under/));
    expect((await home.tutti("link")).stdout).toMatch(/^http:\S+\/sign-in\?code=\S+\n$/);
  });

  it("knows ids by their beginning only while they are unique", async () => {
    expect(await home.tutti("show", "no-such-session")).toEqual(oneLine(/no session no-such-session/));
    expect(await home.tutti("approve", "no-such-question")).toEqual(oneLine(/tutti approvals/));
  });
});

it("finds that Tutti is sound", async () => {
  const home = await openHome();
  try {
    expect(await home.json("doctor", "--json")).toMatchObject({
      sound: true,
      findings: expect.arrayContaining([expect.objectContaining({ what: "PostgreSQL", state: "ok" })]),
      harnesses: expect.arrayContaining([
        expect.objectContaining({ id: "fake", gate: { ok: true }, advice: [] }),
      ]),
    });
  } finally {
    await home.close();
  }
});

it("names the line and column of a broken policy file, with which no session would begin", async () => {
  const home = await openHome();
  try {
    const folder = join(home.folder, "config/policies");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "team.yaml"), "policies:\n  - name: workspace-only\n    parms: {}\n");
    const { code, stdout } = await home.tutti("doctor");
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /✗ policies .*config\/policies: team\.yaml:3:5: policies\.0\.parms: unknown field/,
    );
  } finally {
    await home.close();
  }
});

it("tries the ways out of the confinement, or says that there is none", async () => {
  const home = await openHome();
  try {
    home.env.TUTTI_HARNESS_CLIS =
      process.env.TUTTI_HARNESS_CLIS ??
      new URL("../harness-clis/node_modules/.bin", import.meta.url).pathname;
    const { code, stdout } = await home.tutti("doctor", "--confinement", "--json");
    const tried = JSON.parse(stdout);
    expect({ code, ...tried }).toMatchObject(
      tried.program || process.env.CI === "true"
        ? { code: 0, holds: true, escaped: 0, attempts: expect.arrayContaining([expect.any(Object)]) }
        : { code: 5, holds: false, why: expect.any(String) },
    );
    expect(readdirSync(join(home.folder, "state"))).toEqual([]);
    home.env.TUTTI_CONFINEMENT = "off";
    expect(await home.tutti("doctor", "--confinement")).toMatchObject({
      code: 5,
      stdout: "",
      stderr: expect.stringMatching(/^tutti: nothing can be tried.*switched off by TUTTI_CONFINEMENT\.\n$/),
    });
  } finally {
    await home.close();
  }
});

it("plays the demonstration on the real agent CLIs and leaves nothing behind", async () => {
  const folder = mkdtempSync("/tmp/tutti-d-");
  try {
    const env = {
      ...process.env,
      HOME: join(folder, "user"),
      TMPDIR: folder,
      TUTTI_FAKE_HARNESS: "",
      TUTTI_HARNESS_CLIS:
        process.env.TUTTI_HARNESS_CLIS ??
        new URL("../harness-clis/node_modules/.bin", import.meta.url).pathname,
    };
    mkdirSync(env.HOME);
    const stdout = execFileSync(process.execPath, [program, "demo", "--json"], {
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: "merged",
      tasks: [
        { outcome: "merged", rounds: 1, verdict: { approved: true }, findings: [{ severity: "blocking" }] },
      ],
    });
    expect(execFileSync("find", [folder, "-name", "tutti-demo-*"], { encoding: "utf8" })).toBe("");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const tmux = (() => {
  try {
    return execFileSync("tmux", ["-V"], { encoding: "utf8" }) !== "";
  } catch {
    return false;
  }
})();

describe.skipIf(!tmux)("on a terminal", () => {
  let home: Home;
  let folder: string;
  beforeEach(async () => {
    home = await openHome();
    folder = mkdtempSync(join(tmpdir(), "tutti-tmux-"));
  });
  afterEach(async () => {
    terminal("kill-server");
    await home.close();
    rmSync(folder, { recursive: true });
  });
  const terminal = (...args: string[]) => {
    try {
      return execFileSync("tmux", ["-S", join(folder, "s"), ...args], {
        env: home.env,
        encoding: "utf8",
        stdio: "pipe",
      });
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
  };
  /** A window that plays a verb; what it shows can be asked for and typed into. */
  function open(name: string, ...args: string[]) {
    const command = [process.execPath, program, ...args].map((word) => `'${word}'`).join(" ");
    terminal(
      "-f",
      "/dev/null",
      "new-session",
      "-d",
      "-s",
      name,
      "-x",
      "100",
      "-y",
      "30",
      "-c",
      home.repository,
      // Ctrl-C is for the verb; some shells would end with it.
      `trap : INT; ${command}; echo "exit $?"; read -r _`,
    );
    const shows = () => terminal("capture-pane", "-p", "-t", name);
    return {
      type: (...keys: string[]) => terminal("send-keys", "-t", name, ...keys),
      resize: (columns: number) => terminal("resize-window", "-t", name, "-x", String(columns)),
      sees: (what: RegExp) =>
        until(() => {
          const seen = shows();
          return what.test(seen) ? seen : undefined;
        }),
    };
  }

  it("shows one block per task in place, asks for consent, shows the diff, and merges on yes", async () => {
    const window = open("yes", "run", "duo", "Greet at the terminal");
    await window.sees(/Merge into main\?[\s\S]*A greeting\.txt {2}\+1 -0[\s\S]*\[d\]iff: ?$/m);
    window.type("d", "Enter");
    await window.sees(/\+Hello[\s\S]*\[d\]iff: ?$/m);
    window.type("y", "Enter");
    const seen = await window.sees(/exit 0/);
    expect(seen.match(/✓ Greet at the terminal +merged/g)).toHaveLength(1);
    expect(seen).toMatch(/implementer {2}Fake \(north\)/);
    expect(seen).toMatch(/1 of 1 task merged/);
  });

  it("takes notes that are typed, sends the change back with them, and asks again", async () => {
    const window = open("back", "run", "duo", "Greet with notes");
    await window.sees(/\[s\]end back, \[d\]iff: ?$/m);
    window.type("s", "Enter");
    await window.sees(/Note: ?$/m);
    window.type("ugly", "Enter");
    await window.sees(/That is no note[\s\S]*Note: ?$/m);
    window.type("greeting.txt:1: greet the world", "Enter");
    await window.sees(/greet the world\n +Note: ?$/m);
    window.type("Enter");
    await window.sees(/warning +a person sent it back with 1 note[\s\S]*\[d\]iff: ?$/m);
    window.type("y", "Enter");
    await window.sees(/✓ Greet with notes +merged[\s\S]*exit 0/);
  });

  it("survives a resize, leaves on Ctrl-C, and lets another terminal steer", async () => {
    const window = open("leave", "run", "duo", "wait for a word", "--yes");
    await window.sees(/implementer {2}Fake \(north\) {2}is thinking/);
    window.resize(60);
    const narrow = await window.sees(/● wait for a word {1,20}implementing/);
    expect(narrow.split("\n").every((text) => text.length <= 60)).toBe(true);
    window.type("C-c");
    const [, session = ""] =
      /tutti attach (\w+)/.exec(await window.sees(/tutti attach \w+[\s\S]*exit 130/)) ?? [];
    const other = open("attach", "attach", session);
    await other.sees(/implementing[\s\S]*^> *$/m);
    other.type("go on", "Enter");
    await other.sees(/steered: go on/);
    await other.sees(/exit 0/);
  });
});
