import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { spawnTree } from "../process/spawn.ts";
import { type SampleGate, sampleGate, script } from "./sample-gate.ts";
import { exchangeBodies } from "./smart-http.ts";

let sample: SampleGate;
let server: Server | undefined;
afterEach(async () => {
  await sample.remove();
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** A real host of repositories on loopback: every path below `/`, behind a password. Counts what came in with it. */
async function serveHttp(userinfo: string): Promise<{ port: number; welcome: () => number }> {
  let welcome = 0;
  server = createServer((request, response) => {
    const [path = "", query = ""] = (request.url ?? "").split("?");
    if (request.headers.authorization !== `Basic ${Buffer.from(userinfo).toString("base64")}`) {
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="git"' });
      response.end(`no entry for ${request.headers.authorization}\n`);
      return;
    }
    welcome++;
    const env = {
      ...{ PATH: process.env.PATH, GIT_PROJECT_ROOT: "/", GIT_HTTP_EXPORT_ALL: "1", REMOTE_USER: "ada" },
      ...{ PATH_INFO: path, QUERY_STRING: query, REQUEST_METHOD: request.method },
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      ...(request.headers["content-length"] && { CONTENT_LENGTH: request.headers["content-length"] }),
      ...{ GIT_CONFIG_COUNT: "2", GIT_CONFIG_KEY_0: "http.receivepack", GIT_CONFIG_VALUE_0: "true" },
      ...{ GIT_CONFIG_KEY_1: "safe.directory", GIT_CONFIG_VALUE_1: "*" },
    };
    void spawnTree({
      command: "git",
      args: ["http-backend"],
      cwd: "/",
      env,
      marker: `test/remote-${welcome}`,
    }).then(async (started) => {
      if (started.ok) await exchangeBodies(request, response, started.tree, () => false);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, welcome: () => welcome };
}

const facts = () => sample.log.pushes().at(-1)?.facts;

test("a remote by file:// and one by a relative path", async () => {
  sample = await sampleGate({ origin: (path) => `file://${path}` });
  const tip = sample.commit(sample.agent, "b.txt");
  expect((await sample.asAgent("push", "origin", "main")).code).toBe(0);
  expect(sample.held("main")).toBe(tip);
  expect(facts()?.url).toBe(`file://${sample.remote}`);
  sample.git(sample.root, "remote", "set-url", "origin", "../remote.git");
  const next = sample.commit(sample.agent, "c.txt");
  expect((await sample.asAgent("push", "origin", "main")).code).toBe(0);
  expect(sample.held("main")).toBe(next);
});

test("a remote by HTTP with the password in its address: the agent and the log never see it", async () => {
  const remote = await serveHttp("ada:s3cr3t-word");
  sample = await sampleGate({ origin: (path) => `http://ada:s3cr3t-word@127.0.0.1:${remote.port}${path}` });
  const tip = sample.commit(sample.agent, "b.txt");
  const pushed = await sample.asAgent("push", "origin", "main");
  expect(pushed.code).toBe(0);
  expect(sample.held("main")).toBe(tip);
  expect(facts()?.url).toBe(`http://127.0.0.1:${remote.port}${sample.remote}`);
  server?.closeAllConnections();
  server?.close();
  sample.commit(sample.agent, "c.txt");
  const down = await sample.asAgent("push", "origin", "main");
  const away = await sample.asAgent("fetch", "origin");
  for (const { code, said } of [down, away]) {
    expect(code).not.toBe(0);
    expect(said).toContain("fatal: remote error: origin is not reached");
  }
  const seen = [
    pushed.said,
    down.said,
    away.said,
    readFileSync(join(sample.folder, "log.jsonl"), "utf8"),
  ].join("\n");
  expect(seen).not.toContain("s3cr3t");
  expect(seen).not.toContain("ada:");
});

test("a remote by HTTP with a credential helper of the repository's own", async () => {
  const remote = await serveHttp("ada:kept");
  sample = await sampleGate();
  sample.git(sample.root, "remote", "set-url", "origin", `http://127.0.0.1:${remote.port}${sample.remote}`);
  sample.git(
    sample.root,
    "config",
    "credential.helper",
    "!f() { echo username=ada; echo password=kept; }; f",
  );
  const tip = sample.commit(sample.agent, "b.txt");
  expect((await sample.asAgent("push", "origin", "main")).code).toBe(0);
  expect(sample.held("main")).toBe(tip);
  expect(remote.welcome()).toBeGreaterThan(2);
});

test("a remote by ssh, with the person's GIT_SSH_COMMAND, and with a setting included for the user's folder alone", async () => {
  sample = await sampleGate();
  const ssh = script(
    join(sample.folder, "ssh"),
    `echo "$*" >> ${join(sample.folder, "ssh.log")}\nfor last; do :; done\nexec sh -c "git-\${last#git-}"`,
  );
  sample.git(sample.root, "remote", "set-url", "origin", `ssh://git@host.example${sample.remote}`);
  await sample.reopen({ environment: { ...sample.options().environment, GIT_SSH_COMMAND: ssh } });
  const tip = sample.commit(sample.agent, "b.txt");
  expect((await sample.asAgent("push", "origin", "main")).code).toBe(0);
  expect(sample.held("main")).toBe(tip);
  expect(facts()?.url).toBe(`ssh://host.example${sample.remote}`);
  expect(readFileSync(join(sample.folder, "ssh.log"), "utf8")).toContain("git@host.example");

  const home = join(sample.folder, "home");
  writeFileSync(join(home, "work.gitconfig"), `[core]\n\tsshCommand = ${ssh}\n`);
  sample.git(
    sample.root,
    "config",
    "--global",
    `includeIf.gitdir:${sample.root}/.path`,
    join(home, "work.gitconfig"),
  );
  await sample.reopen();
  const next = sample.commit(sample.agent, "c.txt");
  expect((await sample.asAgent("push", "origin", "main")).code).toBe(0);
  expect(sample.held("main")).toBe(next);
});

test("several remotes, rewritten and separate push addresses", async () => {
  sample = await sampleGate();
  const [fork, mirror] = [sample.another("fork.git"), sample.another("mirror.git")];
  sample.git(sample.root, "config", `url.${sample.folder}/.insteadOf`, "short:");
  sample.git(sample.root, "remote", "add", "fork", "short:fork.git");
  sample.git(sample.root, "remote", "add", "team/up", sample.remote);
  sample.git(sample.root, "config", "remote.team/up.pushurl", mirror);
  const remotes = await sample.gate.remotes();
  expect(remotes.map(({ name }) => name)).toEqual(["origin", "fork", "team/up"]);
  const base = `http://127.0.0.1:${sample.port}`;
  for (const { name, gateUrl } of remotes.slice(1))
    sample.git(sample.agent, "remote", "add", name, gateUrl(base));
  const tip = sample.commit(sample.agent, "b.txt");
  expect((await sample.asAgent("push", "fork", "main")).code).toBe(0);
  expect(facts()).toMatchObject({ remote: "fork", url: fork });
  expect([sample.held("main", fork), sample.held("main"), sample.held("main", mirror)]).toEqual([
    tip,
    sample.base,
    sample.base,
  ]);
  expect((await sample.asAgent("push", "team/up", "main")).code).toBe(0);
  expect(facts()).toMatchObject({ remote: "team/up", url: mirror });
  expect([sample.held("main"), sample.held("main", mirror)]).toEqual([sample.base, tip]);
  sample.git(sample.root, "config", "--add", "remote.team/up.pushurl", fork);
  sample.commit(sample.agent, "c.txt");
  expect((await sample.asAgent("push", "team/up", "main")).said).toContain("has 2 push addresses");
});

test("an allowed push does not follow its remote to another address", async () => {
  sample = await sampleGate({
    ports: {
      request: async () => ({ push: "p1", decision: { effect: "ask", reason: "look", policies: [] } }),
      answered: async () => {
        sample.git(sample.root, "remote", "set-url", "origin", sample.another("elsewhere.git"));
        return { allow: true };
      },
      finish: async () => {},
    },
  });
  sample.commit(sample.agent, "b.txt");
  expect((await sample.asAgent("push", "origin", "main")).said).toContain("is not at");
  expect(sample.held("main", join(sample.folder, "elsewhere.git"))).toBe(sample.base);
});

test("the user's settings do not push more than was asked, and no hook of the user runs", async () => {
  sample = await sampleGate();
  sample.git(sample.root, "config", "--global", "push.followTags", "true");
  sample.git(sample.root, "config", "push.followTags", "true");
  sample.git(sample.root, "config", "remote.origin.mirror", "true");
  script(join(sample.root, ".git/hooks/pre-push"), `touch ${join(sample.folder, "ran")}`);
  const tip = sample.commit(sample.agent, "b.txt");
  sample.git(sample.agent, "tag", "-a", "v1", "-m", "one");
  expect((await sample.asAgent("-c", "push.followTags=false", "push", "origin", "main")).code).toBe(0);
  expect(sample.git(sample.remote, "for-each-ref", "--format=%(refname) %(objectname)")).toBe(
    `refs/heads/main ${tip}`,
  );
  expect(() => readFileSync(join(sample.folder, "ran"))).toThrow();
});

test("a fetch is fresh with every version of the protocol; partial and shallow clones work", async () => {
  sample = await sampleGate();
  for (const version of [0, 1, 2]) {
    const theirs = sample.commit(sample.root, `theirs-${version}.txt`);
    sample.git(sample.root, "push", "--quiet", sample.remote, "main");
    expect(
      (await sample.asAgent("-c", `protocol.version=${version}`, "pull", "--quiet", "--rebase")).code,
    ).toBe(0);
    expect(sample.git(sample.agent, "rev-parse", "HEAD")).toBe(theirs);
    const ours = sample.commit(sample.agent, `ours-${version}.txt`);
    expect((await sample.asAgent("-c", `protocol.version=${version}`, "push", "origin", "main")).code).toBe(
      0,
    );
    expect(sample.held("main")).toBe(ours);
    sample.git(sample.root, "pull", "--quiet", sample.remote, "main");
  }
  const folder = join(sample.folder, "shallow");
  expect(
    (await sample.asAgent("clone", "--quiet", "--depth=1", "--filter=blob:none", sample.url(), folder)).code,
  ).toBe(0);
  sample.commit(folder, "from-shallow.txt");
  expect((await sample.asAgent("-C", folder, "push", "origin", "main")).code).toBe(0);
});

test("branches that the remote lost or moved, and a remote that is away", async () => {
  sample = await sampleGate();
  sample.git(sample.remote, "branch", "a", "main");
  await sample.asAgent("fetch", "--prune", "origin");
  sample.git(sample.remote, "branch", "-D", "a");
  sample.git(sample.remote, "branch", "a/b", "main");
  expect((await sample.asAgent("fetch", "--prune", "origin")).code).toBe(0);
  expect(sample.git(sample.agent, "branch", "-r")).toContain("origin/a/b");
  const aside = `${sample.remote}.aside`;
  sample.git(sample.folder, "clone", "--quiet", "--mirror", sample.remote, aside);
  rmSync(sample.remote, { recursive: true });
  const { code, said } = await sample.asAgent("fetch", "origin");
  expect(code).not.toBe(0);
  expect(said).toContain("fatal: remote error: origin is not reached");
});

test("nothing that the user's repository drops is missed at the gate", async () => {
  sample = await sampleGate();
  sample.git(sample.root, "checkout", "--quiet", "--orphan", "fresh");
  sample.git(sample.root, "commit", "--quiet", "-m", "Nothing of before");
  for (const ref of ["refs/heads/main", "refs/remotes/origin/main"])
    sample.git(sample.root, "update-ref", "-d", ref);
  sample.git(sample.root, "reflog", "expire", "--expire=now", "--all");
  sample.git(sample.root, "gc", "--quiet", "--prune=now");
  sample.commit(sample.agent, "b.txt");
  expect((await sample.asAgent("push", "origin", "main")).code).toBe(0);
});
