import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CommandRequest, runCommand } from "./run-command.ts";
import { sweepMarker } from "./sweep.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tutti-command-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function request(command: CommandRequest["command"], more: Partial<CommandRequest> = {}): CommandRequest {
  return {
    command,
    cwd: folder,
    env: process.env,
    marker: `test/${randomUUID()}`,
    timeoutMs: 60_000,
    ...more,
  };
}

test("a command line's exit code and both its streams, in order", async () => {
  const outcome = await runCommand(request("echo one; echo two >&2; echo three; exit 4"));
  expect(outcome).toMatchObject({ exitCode: 4, timedOut: false, aborted: false, cutBytes: 0 });
  expect(outcome.output).toBe("one\ntwo\nthree\n");
});

test("a list is a program and its arguments, untouched by the shell; stdin is empty", async () => {
  expect((await runCommand(request(["printf", "%s|", "a b", "$HOME", "*"]))).output).toBe("a b|$HOME|*|");
  expect((await runCommand(request("cat; echo end"))).output).toBe("end\n");
});

test("output beyond the limit keeps head and tail and says what is missing", async () => {
  const outcome = await runCommand(
    request("echo first; yes ü | head -n 500000; echo last", { maxOutputBytes: 1_001 }),
  );
  expect(outcome.output.length).toBeLessThan(1_100);
  expect(outcome.output).toMatch(/^first\n.*\[\d+ bytes cut\]\n.*\nlast\n$/s);
  expect(outcome.output).not.toContain("\ufffd");
  expect(outcome.cutBytes).toBe(6 + 1_500_000 + 5 - 1_001);
});

test("a command that hangs is ended with its tree when its time is over", async () => {
  const marker = `test/${randomUUID()}`;
  const hang = `trap '' TERM; echo begun; (setsid sh -c 'trap "" TERM; sleep 1000; sleep 1000') & sleep 1000; sleep 1000`;
  const outcome = await runCommand(request(hang, { marker, timeoutMs: 100 }));
  expect(outcome).toMatchObject({ exitCode: null, timedOut: true, aborted: false, output: "begun\n" });
  expect(await sweepMarker(marker)).toEqual({ killed: [], survivors: [] });
});

test("abort ends it the same way; aborted beforehand, it never starts", async () => {
  const stop = new AbortController();
  stop.abort();
  expect(await runCommand(request("echo no", { signal: stop.signal }))).toMatchObject({
    aborted: true,
    output: "",
  });
  const later = new AbortController();
  const running = runCommand(request("sleep 1000", { signal: later.signal }));
  later.abort();
  expect(await running).toMatchObject({ exitCode: null, aborted: true, timedOut: false });
});

test("a server left in the background dies with the command and does not hold it up", async () => {
  const marker = `test/${randomUUID()}`;
  const outcome = await runCommand(request("sleep 1000 & echo started", { marker }));
  expect(outcome).toMatchObject({ exitCode: 0, output: "started\n" });
  expect(await sweepMarker(marker)).toEqual({ killed: [], survivors: [] });
});

test("a folder that is not there is a failure, not an exception", async () => {
  const outcome = await runCommand(request("true", { cwd: join(folder, "nowhere") }));
  expect(outcome).toMatchObject({ exitCode: null, failure: { kind: "missing-folder" } });
});
