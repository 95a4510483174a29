import { chmod, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment, Harness, Installation } from "@tutti/core";
import { parseScenario, startRehearsal } from "@tutti/rehearsal";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CanaryModel, canaryScenario, openGateSelfTest } from "./gate-self-test.ts";
import { harnesses } from "./harnesses/index.ts";

const checkout = fileURLToPath(new URL("../../../", import.meta.url));
const programs = process.env.TUTTI_HARNESS_CLIS ?? join(checkout, "harness-clis/node_modules/.bin");
const scripted = { TUTTI_FAKE_HARNESS: "1" };

let folder: string;
let tests: number;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "tutti-gates-")));
  await mkdir(join(folder, "home"));
  tests = 0;
});
afterEach(() => rm(folder, { recursive: true }));

const environmentWith = (more: Environment): Environment => ({
  PATH: process.env.PATH,
  HOME: join(folder, "home"),
  ...more,
});

function selfTest(more: Environment = {}, release = "1.0.0") {
  return openGateSelfTest({
    stateFolder: join(folder, "state"),
    environment: environmentWith(more),
    release,
    marker: "gate-test",
    async startCanaryModel(): Promise<CanaryModel> {
      tests += 1;
      const rehearsal = await startRehearsal({ scenario: parseScenario(canaryScenario) });
      return { baseUrlFor: (wire) => rehearsal.baseUrls[wire], close: rehearsal.close };
    },
  });
}

async function found(harness: Harness): Promise<Installation> {
  const installation = await harness.find(environmentWith(scripted), [programs]);
  if (!installation) throw new Error(`${harness.descriptor.title} is not in ${programs}`);
  return installation;
}

describe.each(harnesses.map((harness) => [harness.descriptor.title, harness] as const))(
  "%s",
  (_, harness) => {
    test("passes, and a pass is kept until something changes", async () => {
      const installation = await found(harness);
      expect(await selfTest(scripted)(harness, installation)).toEqual({ ok: true });
      expect(await selfTest({ ...scripted, TERM: "other" })(harness, installation)).toEqual({ ok: true });
      expect(tests).toBe(1);
      expect(await selfTest(scripted, "1.0.1")(harness, installation)).toEqual({ ok: true });
      expect(tests).toBe(2);
      expect(await readdir(join(folder, "state/gate-self-test"))).toHaveLength(2);
    });
  },
);

/** A harness with one thing of its sessions changed: what a bad adapter, or a program with its hooks off, comes to. */
function changed(change: (open: Harness["open"]) => Harness["open"]): Harness {
  const harness = harnesses.at(-1);
  if (!harness) throw new Error("there are harnesses");
  return { ...harness, open: change(harness.open) };
}

const badGates: Record<string, [Harness, RegExp]> = {
  "a gate that lets everything pass": [
    changed((open) => (options) => open({ ...options, authorize: async () => ({ effect: "allow" }) })),
    /a call that was denied was carried out/,
  ],
  "a gate that is asked for some calls only": [
    changed(
      (open) => (options) =>
        open({
          ...options,
          authorize: async (call, signal) =>
            call.command?.startsWith("echo")
              ? { effect: "deny", reason: "" }
              : options.authorize(call, signal),
        }),
    ),
    /of 2 calls, 1 came to the gate/,
  ],
  "a session that does not open": [
    changed(() => async () => ({ ok: false, failure: { kind: "settings", message: "hooks are off" } })),
    /hooks are off/,
  ],
  "an adapter that throws": [changed(() => () => Promise.reject(new Error("broken"))), /broken/],
};

test.each(Object.entries(badGates))(
  "%s does not pass, and is tested again",
  async (_, [harness, message]) => {
    const ensureGate = selfTest(scripted);
    const installation = await found(harness);
    for (const _again of [1, 2])
      expect(await ensureGate(harness, installation)).toEqual({
        ok: false,
        message: expect.stringMatching(message),
      });
    expect(tests).toBe(2);
  },
);

test("asked for at once, it is tested once", async () => {
  const ensureGate = selfTest(scripted);
  const harness = changed((open) => open);
  const installation = await found(harness);
  await Promise.all([1, 2, 3].map(() => ensureGate(harness, installation)));
  expect(tests).toBe(1);
});

test("a program that is gone does not pass", async () => {
  const verdict = await selfTest(scripted)(
    changed((open) => open),
    { path: join(folder, "nowhere"), version: "1.0.0" },
  );
  expect(verdict).toMatchObject({
    ok: false,
    message: expect.stringMatching(/is not used, its gate is not proven/),
  });
});

/** Real programs, started in a way that switches their hooks off. */
const hooklessStarts: Readonly<Record<string, (program: string) => string>> = {
  anthropic: (program) => `exec '${program}' --bare "$@"`,
};

test.each(Object.keys(hooklessStarts))(
  "the real program over %s, its hooks off, does not pass",
  async (wire) => {
    const harness = harnesses.find(({ descriptor }) => descriptor.capabilities.wires[0] === wire);
    if (!harness) throw new Error(`no harness speaks ${wire} first`);
    const { path, version } = await found(harness);
    const standIn = join(folder, "hookless");
    await writeFile(standIn, `#!/bin/sh\n${hooklessStarts[wire]?.(path)}\n`);
    await chmod(standIn, 0o755);
    expect(await selfTest()(harness, { path: standIn, version })).toMatchObject({
      ok: false,
      message: expect.stringMatching(/passed by the gate/),
    });
  },
);
