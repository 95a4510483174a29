import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SampleGate, sampleGate, script } from "./sample-gate.ts";

let sample: SampleGate;
beforeEach(async () => {
  sample = await sampleGate();
});
afterEach(() => sample.remove());

interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

/** What the gate says to a client that is no git. */
function raw(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { socketPath } = sample.options();
    const asked = request({ socketPath, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString("latin1"),
        }),
      );
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

const packet = (bytes: Buffer | string): Buffer => {
  const body = Buffer.from(bytes);
  return Buffer.concat([Buffer.from((body.length + 4).toString(16).padStart(4, "0")), body]);
};

/** A push in raw protocol: the client says what it likes. */
function rawPush(commands: readonly (Buffer | string)[], capabilities = "report-status"): Promise<Answer> {
  const pack = execFileSync("git", ["pack-objects", "--stdout", "--revs", "--all"], {
    cwd: sample.agent,
    input: "",
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines = commands.map((command, index) =>
    packet(Buffer.concat([Buffer.from(command), Buffer.from(index === 0 ? `\0 ${capabilities}` : "")])),
  );
  return raw(
    "POST",
    "/git/origin.git/git-receive-pack",
    { "Content-Type": "application/x-git-receive-pack-request" },
    Buffer.concat([...lines, Buffer.from("0000"), pack]),
  );
}

const none = "0".repeat(40);

test("an old value that is a lie is seen before anybody is asked", async () => {
  const tip = sample.commit(sample.agent, "b.txt");
  await sample.asAgent("push", "origin", "main");
  const asked = sample.log.pushes().length;
  sample.git(sample.agent, "checkout", "--quiet", "-B", "side", sample.base);
  const side = sample.commit(sample.agent, "side.txt");
  for (const lie of [none, sample.base, side]) {
    const { body } = await rawPush([`${lie} ${side} refs/heads/main`]);
    expect(body).toContain("ng refs/heads/main the remote moved: fetch first");
  }
  expect(sample.log.pushes()).toHaveLength(asked);
  expect(sample.held("main")).toBe(tip);
});

test("names that are none are refused, each for itself, and the others go on", async () => {
  const tip = sample.commit(sample.agent, "b.txt");
  const names = [
    "refs/heads/../../main",
    "refs/heads/a..b",
    "refs/heads/new\nline",
    "refs/heads/esc\x1b[2J",
    "refs/heads/mai\u200bn",
    "refs/heads/\u202eniam",
    "refs/heads/x.lock",
    "refs/heads/.hidden",
    "refs/heads/sp ace",
    "refs/heads/@{1}",
    "refs/",
    "HEAD",
    "main",
    "../config",
  ];
  const odd = Buffer.concat([Buffer.from(`${none} ${tip} refs/heads/`), Buffer.from([0xff, 0xfe])]);
  const { body } = await rawPush([
    `${none} ${tip} refs/heads/good`,
    ...names.map((name) => `${none} ${tip} ${name}`),
    odd,
  ]);
  expect(body).toContain("ok refs/heads/good");
  expect(body.match(/ok refs\//g)).toHaveLength(1);
  expect(sample.log.pushes().flatMap(({ facts }) => facts.updates.map(({ ref }) => ref))).toEqual([
    "refs/heads/good",
  ]);
  expect(sample.git(sample.remote, "for-each-ref", "--format=%(refname)").split("\n")).toEqual([
    "refs/heads/good",
    "refs/heads/main",
  ]);
});

test("Tutti's own refs are neither seen nor written", async () => {
  const tip = sample.commit(sample.agent, "b.txt");
  const { body } = await rawPush([`${none} ${tip} refs/tutti/pending/x/y`]);
  expect(body).toContain("ng refs/tutti/pending/x/y");
  expect((await sample.asAgent("ls-remote", "origin")).said).not.toContain("refs/tutti");
  expect(sample.log.pushes()).toEqual([]);
});

test("only the remotes and only smart HTTP are there", async () => {
  const wanted = [
    ["GET", "/git/origin.git/info/refs", 403],
    ["GET", "/git/origin.git/info/refs?service=git-upload-archive", 403],
    ["GET", "/git/origin.git/info/refs?service=git-upload-pack&x=y", 403],
    ["GET", "/git/origin.git/HEAD", 403],
    ["GET", "/git/origin.git/config", 403],
    ["GET", "/git/origin.git/objects/info/packs", 403],
    ["POST", "/git/origin.git/git-upload-archive", 403],
    ["GET", "/git/origin.git/../../etc/passwd", 403],
    ["GET", "/git/..%2f..%2fetc/info/refs?service=git-upload-pack", 404],
    ["GET", "/git/../info/refs?service=git-upload-pack", 404],
    ["GET", "/git/other.git/info/refs?service=git-upload-pack", 404],
    ["GET", "/git/no-settings.git/info/refs?service=git-upload-pack", 404],
    ["GET", "/", 404],
    ["DELETE", "/git/origin.git/info/refs?service=git-upload-pack", 403],
    ["GET", "/git/origin.git/git-receive-pack", 405],
    ["POST", "/git/origin.git/git-receive-pack", 415],
  ] as const;
  for (const [method, path, status] of wanted) {
    expect([path, (await raw(method, path)).status]).toEqual([path, status]);
  }
  expect((await sample.asAgent("archive", `--remote=${sample.url()}`, "main")).code).not.toBe(0);
  expect((await sample.asAgent("ls-remote", sample.url("other"))).code).not.toBe(0);
});

test("a client of large files is told why not", async () => {
  const { status, body } = await raw("POST", "/git/origin.git/info/lfs/objects/batch", {}, Buffer.from("{}"));
  expect(status).toBe(403);
  expect(JSON.parse(body)).toEqual({ message: expect.stringContaining("not large files") });
  expect((await raw("POST", "/git/origin.git/info/lfs/locks/verify")).status).toBe(501);
});

test("headers of a client do not become settings or headers of git's", async () => {
  const { status, headers } = await raw("GET", "/git/origin.git/info/refs?service=git-upload-pack", {
    "Git-Protocol": "version=2:evil=1",
    "Content-Type": "x\tStatus: 500",
    "X-Forwarded-For": "1.2.3.4",
    Proxy: "http://evil",
  });
  expect(status).toBe(200);
  expect(
    Object.keys(headers).filter(
      (name) =>
        !/^(content-type|cache-control|expires|pragma|date|connection|keep-alive|transfer-encoding)$/.test(
          name,
        ),
    ),
  ).toEqual([]);
});

test("settings and environment of the agent stay the agent's", async () => {
  script(join(sample.agent, ".git/hooks/pre-push"), "exit 0");
  const before = sample.held("main");
  sample.git(sample.agent, "config", "core.sshCommand", `touch ${join(sample.folder, "ran")}`);
  sample.git(
    sample.agent,
    "config",
    "remote.origin.receivepack",
    `touch ${join(sample.folder, "ran")}; git-receive-pack`,
  );
  sample.git(
    sample.agent,
    "config",
    "remote.origin.uploadpack",
    `touch ${join(sample.folder, "ran")}; git-upload-pack`,
  );
  sample.commit(sample.agent, "b.txt");
  expect((await sample.asAgent("push", "origin", "main")).code).toBe(0);
  expect(sample.held("main")).not.toBe(before);
  expect(() => statSync(join(sample.folder, "ran"))).toThrow();
});

test("a pack that is too big, broken, or compressed to something else is refused, and the gate goes on", async () => {
  await sample.reopen({ maxPushBytes: 100_000 });
  writeFileSync(join(sample.agent, "big"), execFileSync("head", ["-c", "1000000", "/dev/urandom"]));
  sample.commit(sample.agent, "c.txt");
  const { code, said } = await sample.asAgent("push", "origin", "main");
  expect(code).not.toBe(0);
  expect(said).toMatch(/maximum|too large|exceeds|unpack|disconnect|hung up/i);
  const type = { "Content-Type": "application/x-git-receive-pack-request" };
  for (const body of [
    "0000",
    "00",
    "zzzz",
    "0032nonsense",
    `${packet(`${none} ${none} refs/heads/x\0`)}0000PACK`,
  ]) {
    await raw("POST", "/git/origin.git/git-receive-pack", type, Buffer.from(body));
  }
  await raw(
    "POST",
    "/git/origin.git/git-receive-pack",
    { ...type, "Content-Encoding": "gzip" },
    Buffer.from("no gzip"),
  );
  expect(sample.log.pushes()).toEqual([]);
  expect((await sample.asAgent("fetch", "origin")).code).toBe(0);
});

test("a client that sends half and goes takes no exchange with it", async () => {
  const { socketPath } = sample.options();
  for (let count = 0; count < 36; count++) {
    const socket = connect(socketPath);
    await once(socket, "connect");
    socket.on("error", () => {});
    socket.write(
      "POST /git/origin.git/git-receive-pack HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-git-receive-pack-request\r\nContent-Length: 1000000\r\n\r\n00",
    );
    socket.destroy();
  }
  const tip = sample.commit(sample.agent, "b.txt");
  let code = 1;
  for (let tries = 0; tries < 50 && code !== 0; tries++)
    ({ code } = await sample.asAgent("push", "origin", "main"));
  expect(sample.held("main")).toBe(tip);
});

test("the hook's socket lets in nobody without a token, and folders are the person's alone", async () => {
  const { runtimeFolder, folder } = sample.options();
  const socket = connect(join(runtimeFolder, "push-hook.sock"));
  socket.write(`${JSON.stringify({ token: "guess", atomic: false, options: [], commands: [] })}\n`);
  await once(socket, "close");
  for (const path of [runtimeFolder, folder]) expect(statSync(path).mode & 0o777).toBe(0o700);
  for (const path of [join(runtimeFolder, "push-hook.sock"), sample.options().socketPath]) {
    expect(statSync(path).mode & 0o777).toBe(0o600);
  }
});

test("commits that would mislead a person are shown without what misleads", async () => {
  writeFileSync(join(sample.agent, "b.txt"), "b\n");
  sample.git(sample.agent, "add", "b.txt");
  sample.git(
    sample.agent,
    "-c",
    "user.name=E\x1b[2Jve\u202e",
    "commit",
    "-m",
    "Fix\x1b]0;pwned\x07 \u2066it",
  );
  await sample.asAgent("push", "origin", "main");
  expect(sample.log.pushes()[0]?.facts.updates[0]?.added.commits).toMatchObject([
    { author: "E[2Jve", subject: "Fix]0;pwned it" },
  ]);
  expect(readFileSync(join(sample.folder, "log.jsonl"), "utf8")).not.toContain("u202e");
});
