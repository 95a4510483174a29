import { expect, test } from "vitest";
import { whyNot } from "./why-not.ts";

const uidMap = "bwrap: setting up uid map: Permission denied\nmore";
const machine = (settings: Record<string, string>, inContainer = false) => ({
  inContainer,
  setting: (name: string) => settings[name],
});

test("what keeps a machine from confining is told with what to do about it", () => {
  const ask = (said: string, settings: Record<string, string> = {}, inContainer = false) =>
    whyNot(said, "/x/bwrap", machine(settings, inContainer));
  expect(ask(uidMap, { "kernel/apparmor_restrict_unprivileged_userns": "1" })).toMatch(
    /AppArmor.*profile tutti-bwrap \/x\/bwrap .*kernel.apparmor_restrict_unprivileged_userns=0/s,
  );
  expect(ask(uidMap, { "kernel/unprivileged_userns_clone": "0" })).toContain(
    "kernel.unprivileged_userns_clone=1",
  );
  expect(ask(uidMap, { "user/max_user_namespaces": "0" })).toContain("user.max_user_namespaces=15000");
  expect(ask(uidMap, {}, true)).toContain("--security-opt seccomp=unconfined");
  const proc = "bwrap: Can't mount proc on /newroot/proc: Operation not permitted";
  expect(ask(proc, {}, true)).toContain("systempaths=unconfined");
  expect(ask(uidMap)).toBe(
    "/x/bwrap cannot confine programs on this machine: bwrap: setting up uid map: Permission denied",
  );
  expect(ask("")).toContain("it ended without a word");
});
