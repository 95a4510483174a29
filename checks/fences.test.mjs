import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { roomRules } from "./room-rules.mjs";
import { cruiseRooms } from "./rooms.mjs";

/** One breach of every rule: the file that commits it, and its text. */
const breaches = {
  "no-cycles": [
    "packages/client/src/a.ts",
    'import "./b.ts";',
    "packages/client/src/b.ts",
    'import type {} from "./a.ts";',
  ],
  "nothing-unresolved": ["packages/client/src/lost.ts", 'import "./nowhere.ts";'],
  "core-is-pure": ["packages/core/src/impure.ts", 'import { readFileSync } from "node:fs";'],
  "client-knows-only-core": [
    "packages/client/src/curious.ts",
    'import type { Session } from "@tutti/server";',
  ],
  "web-speaks-the-public-api": ["packages/web/src/shortcut.ts", 'import "@tutti/server";'],
  "server-knows-only-core": ["packages/server/src/caller.ts", 'import "@tutti/client";'],
  "runner-knows-core-and-client": ["packages/runner/src/rehearsed.ts", 'import "@tutti/rehearsal";'],
  "strangers-in-tests-too": ["packages/runner/src/both.test.ts", 'import "@tutti/server";'],
  "rehearsal-stands-alone": ["packages/rehearsal/src/leaning.ts", 'import "@tutti/core";'],
  "nothing-depends-on-the-cli": ["packages/runner/src/upwards.test.ts", 'import "@tutti/cli";'],
  "packages-by-name": ["packages/client/src/by-path.ts", 'import "../../core/src/index.ts";'],
  "packages-by-name-from-outside": ["e2e/back-door.ts", 'import "../packages/core/src/events.ts";'],
  "plugins-see-only-core": [
    "packages/server/src/policies/prying.ts",
    'type Log = import("../log/index.ts").Log;',
  ],
  "harnesses-do-not-know-each-other": [
    "packages/runner/src/harnesses/one/harness.ts",
    'import "../two/harness.ts";',
  ],
  "only-the-list-names-harnesses": [
    "packages/runner/src/turn.ts",
    'const one = await import("./harnesses/one/harness.ts");',
  ],
  "only-the-engine-knows-dbos": ["packages/server/src/log/durable.ts", 'import "@dbos-inc/dbos-sdk";'],
  "schemas-live-in-core": ["packages/server/src/log/row.ts", 'import { z } from "zod";'],
  "name-the-idea-not-the-drawer": ["packages/server/src/log/utils.ts", 'import "./index.ts";'],
  "no-orphans": ["packages/server/src/log/forgotten.ts", "export const nothing = 1;"],
};

/** What is allowed, beside the breaches: none of it may be reported. */
const lawful = {
  "packages/core/src/index.ts": 'export * from "./events.ts";',
  "packages/core/src/events.ts": 'import { z } from "zod";',
  "packages/core/src/events.test.ts": 'import "./events.ts"; import { readFileSync } from "node:fs";',
  "packages/client/src/index.ts": 'import type {} from "@tutti/core";',
  "packages/client/src/side-door.ts": 'import type {} from "@tutti/core";',
  "packages/web/src/index.ts": 'import "@tutti/client"; import "@tutti/core";',
  "packages/server/src/index.ts": 'import "./policies/index.ts"; import "./engine/index.ts";',
  "packages/server/src/log/index.ts": "export type Log = 1;",
  "packages/server/src/policies/index.ts": 'import "./read-only.ts";',
  "packages/server/src/policies/read-only.ts":
    'import "@tutti/core"; import "./shell-words.ts"; import { z } from "zod";',
  "packages/server/src/policies/shell-words.ts": 'import "@tutti/core";',
  "packages/server/src/engine/index.ts": 'import "@dbos-inc/dbos-sdk"; import "../log/index.ts";',
  "packages/runner/src/index.ts": 'import "./harnesses/index.ts"; import "@tutti/client";',
  "packages/runner/src/harnesses/index.ts": 'import "./two/harness.ts";',
  "packages/runner/src/harnesses/two/harness.ts":
    'import "./wire.ts"; import "../../process/index.ts"; import "@tutti/core";',
  "packages/runner/src/harnesses/two/wire.ts": 'import { z } from "zod";',
  "packages/runner/src/harnesses/conformance.test.ts":
    'import "@tutti/rehearsal"; import "./two/harness.ts";',
  "packages/runner/src/process/index.ts": 'import "node:child_process";',
  "packages/rehearsal/src/index.ts": 'import { z } from "zod";',
  "packages/cli/src/index.ts": "export {};",
  "packages/cli/src/main.ts": 'import "@tutti/server"; import "@tutti/runner"; import "@tutti/rehearsal";',
  "e2e/main-job.test.ts": 'import "@tutti/server"; import "@tutti/client/side";',
};

const rooms = ["core", "client", "web", "server", "runner", "rehearsal", "cli"];
let checkout;
let found;

beforeAll(async () => {
  checkout = mkdtempSync(join(tmpdir(), "tutti-fences-"));
  for (const [path, text] of Object.entries(lawful)) write(path, text);
  for (const [path, text, otherPath, otherText] of Object.values(breaches)) {
    write(path, text);
    if (otherPath) write(otherPath, otherText);
  }
  for (const name of rooms) {
    write(
      `packages/${name}/package.json`,
      JSON.stringify({
        name: `@tutti/${name}`,
        exports: { ".": "./src/index.ts", "./side": "./src/side-door.ts" },
      }),
    );
    mkdirSync(join(checkout, "node_modules/@tutti"), { recursive: true });
    symlinkSync(join(checkout, "packages", name), join(checkout, "node_modules/@tutti", name));
  }
  for (const name of ["zod", "@dbos-inc/dbos-sdk"]) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, exports: "./index.js" }));
    write(`node_modules/${name}/index.js`, "");
  }
  found = (await cruiseRooms(checkout)).breaches;
});

afterAll(() => rmSync(checkout, { recursive: true, force: true }));

test.each(Object.entries(breaches))("%s is seen", (rule, [path]) => {
  expect(found.filter(({ from }) => from === path).map((breach) => breach.rule)).toContain(rule);
});

test("every rule has its breach", () => {
  expect(Object.keys(breaches).sort()).toEqual(
    [...new Set(roomRules([]).forbidden.map(({ name }) => name))].sort(),
  );
});

test("what is allowed is let through", () => {
  expect(found.filter(({ from }) => from in lawful)).toEqual([]);
});

function write(path, text) {
  mkdirSync(dirname(join(checkout, path)), { recursive: true });
  writeFileSync(join(checkout, path), text);
}
