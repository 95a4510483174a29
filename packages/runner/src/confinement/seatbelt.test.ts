import { expect, test } from "vitest";
import { seatbeltProfile } from "./seatbelt.ts";

const spec = {
  workspace: '/work/a "b"',
  home: { path: "/Users/me", folder: "/state/home" },
  temporary: "/state/tmp",
  readable: ["/Users/me/.cargo/bin"],
  writable: ["/state/session"],
  mounts: [{ from: "/work/objects", to: "/work/objects", writable: false }],
  ports: [{ port: 8199, socket: "/state/run/model.sock" }],
  environment: {},
  limits: {},
};

test("a profile closes everything, then HOME, then opens what was named", () => {
  const rules = seatbeltProfile(spec).split("\n");
  const line = (text: string) => rules.findIndex((rule) => rule.includes(text));
  expect(rules.slice(0, 2)).toEqual(["(version 1)", "(deny default)"]);
  const order = [
    line('(deny file-read* file-write* (subpath "/Users/me"))'),
    line('(allow file-read* (subpath "/Users/me/.cargo/bin") (subpath "/work/objects"))'),
    line('(allow file-read* file-write* (subpath "/work/a \\"b\\"") (subpath "/state/home")'),
    line('(deny file-write* (subpath "/Users/me/.cargo/bin")'),
    line("(deny network*)"),
    line('(allow network-outbound (remote ip "localhost:8199"))'),
  ];
  expect(order).not.toContain(-1);
  expect(order).toEqual([...order].sort((a, b) => a - b));
});

test("what Seatbelt cannot show elsewhere is a fault", () => {
  const mounts = [{ from: "/a", to: "/b", writable: false }];
  expect(() => seatbeltProfile({ ...spec, mounts })).toThrow("cannot show /a at /b");
});
