import { execFile } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { confinementHere, runEscapes } from "./index.ts";
import { candidates, confinementForTests } from "./sample-confinement.ts";

const here = await confinementForTests();
const NOBODY = 65534;
/** Takes the options and does nothing of what they ask but for the environment and the folder. */
const pretence = `#!/usr/bin/perl
if ($ARGV[0] eq "--help") { print "--args --disable-userns --perms --ro-bind-data --seccomp --size"; exit }
if ($ARGV[0] eq "--version") { print "pretence 1"; exit }
open my $given, "<&=", 3; local $/; my @options = split /\\0/, <$given>;
for (4 .. 8) { open my $other, "<&=", $_ or next; my $all = <$other> }
while (@options) {
  my $option = shift @options;
  if ($option eq "--setenv") { my $name = shift @options; $ENV{$name} = shift @options }
  elsif ($option eq "--chdir") { chdir shift @options }
}
splice @ARGV, 0, 3;
splice @ARGV, 0, 4 if $ARGV[1] eq "/run/tutti/ports";
exec @ARGV;
`;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tutti-self-test-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(here.skip)("confinement holds on this machine, and says by what", () => {
  expect(here).toMatchObject({
    holds: true,
    program: expect.stringMatching(/bwrap$/),
    version: expect.stringMatching(/bubblewrap/),
  });
});

test.skipIf(process.platform !== "linux")(
  "a machine without bubblewrap, or with an old one, is told what to do",
  async () => {
    expect(await confinementHere([], { PATH: folder })).toEqual({
      holds: false,
      why: "there is no bubblewrap on this machine. Install bubblewrap 0.8 or newer (apt install bubblewrap, dnf install bubblewrap).",
    });
    writeFileSync(join(folder, "bwrap"), "#!/bin/sh\necho '--args --seccomp'\n", { mode: 0o755 });
    const old = await confinementHere([], { PATH: folder });
    expect(old.holds || old.why).toMatch(
      /bwrap is too old or something else: it has no --disable-userns, .*Install bubblewrap 0.8/,
    );
  },
);

test.skipIf(here.skip)("a bubblewrap that runs programs without confining them is found out", async () => {
  const pretender = join(folder, "pretender");
  mkdirSync(pretender);
  writeFileSync(join(pretender, "bwrap"), pretence, { mode: 0o755 });
  const found = await confinementHere([pretender], { PATH: "/nowhere" });
  expect(found.holds || found.why).toMatch(
    /does not confine: not so: shut: a file outside, shut: a write outside/,
  );
});

test.skipIf(here.skip)(
  "every known way out is stopped, and each harmless one leads out where nothing confines it",
  async () => {
    if (!here.holds) throw new Error(here.why);
    const options = { bubblewrap: here.bubblewrap, folder };
    const free = await runEscapes({ ...options, unconfined: true });
    expect(free.filter(({ outcome }) => outcome === "stopped")).toEqual([]);
    expect(free.length).toBeGreaterThan(25);
    const confined = await runEscapes(options);
    expect(confined.filter(({ outcome }) => outcome === "escaped")).toEqual([]);
    expect(confined.length).toBeGreaterThan(60);
    expect(new Set(confined.map(({ name }) => name)).size).toBe(confined.length);
  },
);

test.skipIf(here.skip)("trying is given up when it is asked for, and nothing stays", async () => {
  if (!here.holds) throw new Error(here.why);
  const own = join(folder, "given-up");
  mkdirSync(own);
  const leaving = new AbortController();
  const done: number[] = [];
  const trying = runEscapes({
    bubblewrap: here.bubblewrap,
    folder: own,
    signal: leaving.signal,
    onAttempt(count, all) {
      expect(all).toBeGreaterThan(60);
      done.push(count);
      if (count === 2) leaving.abort();
    },
  });
  await expect(trying).rejects.toThrow("aborted");
  expect(done).toEqual([1, 2]);
  expect(readdirSync(own)).toEqual([]);
});

const mayRead = await asNobody("0").then(
  () => true,
  () => false,
);
test.skipIf(here.skip || process.getuid?.() !== 0 || !mayRead)(
  "it holds for an ordinary user as it does for root",
  async () => {
    const own = join(folder, "nobody");
    mkdirSync(own, { recursive: true });
    chownSync(own, NOBODY, NOBODY);
    chmodSync(folder, 0o755);
    const said = await asNobody(
      `const { confinementHere, runEscapes } = await import(${JSON.stringify(import.meta.resolve("./index.ts"))});
     const here = await confinementHere(${JSON.stringify(candidates)}, process.env);
     const results = here.holds ? await runEscapes({ bubblewrap: here.bubblewrap, folder: ${JSON.stringify(own)} }) : [];
     console.log(JSON.stringify({ here, escaped: results.filter((each) => each.outcome === "escaped"), tried: results.length }));`,
      own,
    );
    const { here: theirs, escaped, tried } = JSON.parse(said);
    expect(theirs).toMatchObject({ holds: true });
    expect(escaped).toEqual([]);
    expect(tried).toBeGreaterThan(60);
  },
);

async function asNobody(script: string, own = "/"): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `await import(${JSON.stringify(import.meta.resolve("./spec.ts"))});${script}`,
    ],
    { uid: NOBODY, gid: NOBODY, cwd: "/", env: { PATH: process.env.PATH, HOME: own, TMPDIR: own } },
  );
  return stdout;
}
