import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { spawnTree } from "../process/spawn.ts";
import { findMarked } from "../process/sweep.ts";
import { findPortRelay } from "./port-relay.ts";
import { confinementForTests, sampleConfinement } from "./sample-confinement.ts";

const here = await confinementForTests();
const title = here.holds ? "" : ` (left out: ${here.why})`;
const confined = test.skipIf(here.skip);

const open: { remove(): Promise<void> }[] = [];
const sample: typeof sampleConfinement = async (more) => {
  const made = await sampleConfinement(more);
  open.push(made);
  return made;
};
afterEach(async () => {
  for (const each of open.splice(0)) await each.remove();
});

confined(`a program works in its workspace, its HOME and /tmp, and sees nothing else${title}`, async () => {
  const { run, folder, workspace } = await sample();
  writeFileSync(join(folder, "secret"), "secret");
  const { output, exitCode } = await run(
    `echo work >made; echo home >~/made; echo tmp >/tmp/made; pwd; cat ${folder}/secret; touch /new /usr/new /etc/new /run/new`,
  );
  expect(output.split("\n")[0]).toBe(workspace);
  expect(output).toMatch(/secret: No such file/);
  expect(output.match(/cannot touch/g)).toHaveLength(4);
  expect(exitCode).not.toBe(0);
  expect(["work", "home", "tmp"].map((name) => readFileSync(join(folder, name, "made"), "utf8"))).toEqual([
    "work\n",
    "home\n",
    "tmp\n",
  ]);
  expect(statSync(join(workspace, "made")).uid).toBe(process.getuid?.());
  expect(lstatSync(join(folder, "home")).mode & 0o777).toBe(0o700);
});

confined("HOME and /tmp are as they were the next time, and the environment is what was given", async () => {
  const { run } = await sample({ environment: { FIXED: "spec", HOME: "/elsewhere" } });
  await run("echo kept >~/kept; echo kept >/tmp/kept");
  const { output } = await run(
    "cat ~/kept /tmp/kept; env | sort | cut -d= -f1; echo $FIXED $GIVEN; id -un; echo $HOME",
    {
      FIXED: "caller",
      GIVEN: "given",
    },
  );
  expect(output).toBe(
    "kept\nkept\nFIXED\nGIVEN\nHOME\nPATH\nPWD\nTMPDIR\nTUTTI_MARKER\nspec given\nagent\n/home/somebody\n",
  );
});

confined("secrets of the environment are in no list of arguments, outside or inside", async () => {
  const { confinement, workspace } = await sample();
  const { command, args, env } = confinement.wrap({
    command: "true",
    args: [],
    cwd: workspace,
    env: { KEY: "sk-secret" },
  });
  expect(JSON.stringify([command, args, env])).not.toContain("sk-secret");
  expect(env).toEqual({});
});

confined("what a spec adds is seen where it says, and as it says", async () => {
  const { run, folder } = await sample((folder) => {
    for (const name of ["programs", "session", "lent"]) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, "file"), `${name}\n`);
    }
    return {
      readable: [join(folder, "programs")],
      writable: [join(folder, "session")],
      mounts: [
        { from: join(folder, "lent"), to: "/home/somebody/deep/down/lent", writable: false },
        { from: join(folder, "lent/file"), to: join(folder, "work/.git"), writable: false },
      ],
    };
  });
  const { output } = await run(
    `cat ${folder}/programs/file ${folder}/session/file ~/deep/down/lent/file .git
     touch ${folder}/session/new ${folder}/programs/new ~/deep/down/lent/new
     mv .git away; rm -f .git; mv ~/deep ~/moved; mv ~/deep/down ~/deep/moved; echo mine >~/deep/mine`,
  );
  expect(output.split("\n").slice(0, 4)).toEqual(["programs", "session", "lent", "lent"]);
  expect(output.match(/Read-only file system/g)).toHaveLength(2);
  expect(output.match(/busy/g)).toHaveLength(4);
  expect(existsSync(join(folder, "session/new"))).toBe(true);
  expect(readFileSync(join(folder, "home/deep/mine"), "utf8")).toBe("mine\n");
});

confined("a folder that has been replaced by a link is refused before anything starts", async () => {
  const { confinement, folder, workspace, run } = await sample((folder) => {
    mkdirSync(join(folder, "lent"));
    return { mounts: [{ from: join(folder, "lent"), to: "/home/somebody/deep/lent", writable: false }] };
  });
  await run("true");
  execFileSync("mv", [join(folder, "home/deep"), join(folder, "home/away")]);
  symlinkSync("/etc", join(folder, "home/deep"));
  const call = { command: "true", args: [], cwd: workspace, env: {} };
  expect(() => confinement.wrap(call)).toThrow("has become a link");
});

test("specs that would lay HOME or the system open are refused", async () => {
  if (!here.holds) return;
  const refusal = (more: Parameters<typeof sampleConfinement>[0]) =>
    sampleConfinement(more).then(
      (made) => made.remove().then(() => "accepted"),
      (cause: Error) => cause.message,
    );
  for (const path of ["/", "/home", "/home/somebody", "/proc", "/run", "/etc"])
    expect(await refusal({ readable: [path] })).toContain("would lay open");
  expect(await refusal({ workspace: "/home" })).toContain("would lay open");
  expect(await refusal({ readable: ["relative"] })).toContain("plain absolute path");
  expect(await refusal({ writable: ["/a/../b"] })).toContain("plain absolute path");
  expect(await refusal({ readable: ["/nowhere/at/all"] })).toContain("/nowhere/at/all is not there");
});

confined("a bash inside writes and commits", async () => {
  const { run, workspace } = await sample();
  execFileSync("git", ["init", "-q", workspace]);
  const { output, exitCode } = await run([
    "bash",
    "-c",
    `git config --global user.name A && git config --global user.email a@example.invalid
     echo text >file && git add -A && git commit -qm made && git log --format=%an:%s`,
  ]);
  expect({ output, exitCode }).toEqual({ output: "A:made\n", exitCode: 0 });
  expect(
    execFileSync("git", [
      "-c",
      `safe.directory=${workspace}`,
      "-C",
      workspace,
      "log",
      "--format=%s",
    ]).toString(),
  ).toBe("made\n");
});

confined("exit codes pass through, and a program that is not there says so", async () => {
  const { run } = await sample();
  expect((await run("exit 7")).exitCode).toBe(7);
  const missing = await run(["no-such-program"]);
  expect(missing.exitCode).not.toBe(0);
  expect(missing.output).toMatch(/no-such-program/);
});

confined.each(["the tree's kill", "SIGKILL of its root"])("%s ends everything inside", async (way) => {
  const { confinement, workspace } = await sample(withSocket);
  const marker = `confined-${randomUUID()}`;
  const spawned = await spawnTree({
    command: "bash",
    args: [
      "-c",
      `trap '' TERM; setsid nohup bash -c 'sleep 1000 & echo up; wait' 2>/dev/null & sleep 1000 & wait`,
    ],
    cwd: workspace,
    env: { PATH: "/usr/bin:/bin" },
    marker,
    confinement,
  });
  if (!spawned.ok) throw new Error(spawned.reason.message);
  const { tree } = spawned;
  await once(tree.stdout, "data");
  // The root, the first process inside, the relay, the shell, and what it started.
  expect((await findMarked(marker)).length).toBeGreaterThanOrEqual(6);
  if (way === "the tree's kill") expect((await tree.kill()).survivors).toEqual([]);
  else process.kill(tree.pid, "SIGKILL");
  tree.stdout.resume();
  await tree.exited;
  expect(await findMarked(marker)).toEqual([]);
});

confined.each(["perl", "node"] as const)("a port carries many connections and much, by %s", async (kind) => {
  const relay = kind === "node" ? { kind, program: process.execPath } : await findPortRelay();
  if (relay.kind !== kind) return;
  const received: number[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let bytes = 0;
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    // Answers only once the other side has finished: half-closing has to work.
    socket.on("end", () => {
      received.push(bytes);
      socket.end(Buffer.alloc(bytes, "y"));
    });
  });
  const { run } = await sample((folder) => ({
    ...withSocket(folder, server),
    readable: [dirname(realpathSync(process.execPath))],
    relay,
  }));
  const { output } = await run([realpathSync(process.execPath), "-e", client]);
  expect(output.trim()).toBe(String(20 * 2_500_000));
  expect(received).toEqual(Array(20).fill(2_500_000));
});

/** 20 connections at once, 2.5 MB on each and back: 100 MB in all. Prints the bytes that came back. */
const client = `
const net = require("node:net");
const one = () => new Promise((resolve, reject) => {
  let bytes = 0;
  const socket = net.connect(8199, "127.0.0.1").on("error", reject);
  socket.on("data", (chunk) => { bytes += chunk.length; }).on("end", () => resolve(bytes));
  socket.end(Buffer.alloc(2_500_000, "x"));
});
Promise.all(Array.from({ length: 20 }, one)).then((all) => console.log(all.reduce((a, b) => a + b)));
`;

confined("a port whose server is away is refused, and works when the server is back", async () => {
  const at: { path?: string } = {};
  const { run } = await sample((folder) => {
    const spec = withSocket(folder);
    at.path = spec.ports[0]?.socket;
    return spec;
  });
  const ask = `perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(q(localhost:8199)) or exit 3; print <$s>'`;
  servers.at(-1)?.close();
  expect((await run(ask)).output).toBe("");
  const again = createServer((socket) => socket.end("again")).listen(at.path);
  servers.push(again);
  await once(again, "listening");
  expect((await run(ask)).output).toBe("again");
});

confined("limits hold processes and memory, and the machine goes on", async () => {
  const { run, confinement } = await sample({ limits: { processes: 64, memoryBytes: 512 * 1024 ** 2 } });
  if (confinement.limited.processes === "together") {
    const counted = "$| = 1; for (1 .. 300) { my $p = fork // last; $n++; sleep 1000 unless $p } print $n";
    const { output } = await run(["perl", "-e", counted]);
    expect(Number(output)).toBeGreaterThan(20);
    expect(Number(output)).toBeLessThan(64);
    // Four thousand, if nothing held them.
    await run(["perl", "-e", "fork for 1 .. 12; select undef, undef, undef, 0.1"]);
  }
  if (confinement.limited.memory !== "none") {
    const { exitCode } = await run(["perl", "-e", 'my $x = "x" x 2_000_000_000; print length $x']);
    expect(exitCode).not.toBe(0);
  }
  expect((await run("echo alive")).output).toBe("alive\n");
  await confinement.close();
  const groups = ["/sys/fs/cgroup", "-maxdepth", "6", "-name", `tutti-${process.pid}-*`];
  if (existsSync("/sys/fs/cgroup")) expect(execFileSync("find", groups).toString()).toBe("");
});

const servers: Server[] = [];
function withSocket(folder: string, server = createServer((socket) => socket.end("here"))) {
  mkdirSync(join(folder, "sockets"));
  const socket = join(folder, "sockets/model.sock");
  servers.push(server.listen(socket));
  return { ports: [{ port: 8199, socket }] };
}
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
