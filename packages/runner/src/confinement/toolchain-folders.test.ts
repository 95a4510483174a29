import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { toolchainFolders } from "./index.ts";

const home = realpathSync(mkdtempSync(join(tmpdir(), "tutti-toolchains-")));
afterAll(() => rmSync(home, { recursive: true, force: true }));
for (const path of [
  ".nvm/versions/node/v24/bin",
  ".cargo/bin",
  ".rustup",
  ".local/bin",
  ".local/share/mise/installs/go/bin",
  ".ssh/bin",
  ".config/tool/bin",
  ".tutti/bin",
  "tools/bin",
  "apps/thing",
  ".aws",
])
  mkdirSync(join(home, path), { recursive: true });
writeFileSync(join(home, "apps/thing/run"), "");
symlinkSync(join(home, "apps/thing/run"), join(home, ".local/bin/run"));
symlinkSync(join(home, ".aws"), join(home, "sneaky"));

test("PATH's folders below HOME stand for their toolchains, and what holds secrets is never among them", async () => {
  const path = [
    ".nvm/versions/node/v24/bin",
    ".cargo/bin",
    ".local/bin",
    ".local/share/mise/installs/go/bin",
    ".ssh/bin",
    ".config/tool/bin",
    ".tutti/bin",
    "tools/bin",
    "sneaky",
    "missing/bin",
    "",
  ].map((name) => join(home, name));
  const found = await toolchainFolders({ HOME: home, PATH: ["/usr/bin", "relative", ...path].join(":") }, [
    join(home, ".tutti"),
  ]);
  expect(found).toEqual(
    [".nvm", ".cargo/bin", ".rustup", ".local/bin", ".local/share/mise", "tools/bin", "apps/thing"]
      .map((name) => join(home, name))
      .sort(),
  );
});

test("a folder elsewhere brings what lies around it, and never HOME or what is above it", async () => {
  const elsewhere = join(home, "tools/bin");
  expect(await toolchainFolders({ HOME: "/nobody", PATH: elsewhere })).toEqual([join(home, "tools")]);
  expect(
    await toolchainFolders({ HOME: join(home, "tools/bin/me"), PATH: `${elsewhere}:/:${home}` }),
  ).toEqual([]);
  expect(await toolchainFolders({})).toEqual([]);
});
