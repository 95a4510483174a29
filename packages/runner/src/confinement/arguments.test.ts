import fc from "fast-check";
import { expect, test } from "vitest";
import { bubblewrapArguments, nulSeparated } from "./arguments.ts";

const call = {
  system: {
    folders: ["/usr", "/etc"],
    links: [{ path: "/bin", target: "usr/bin" }],
    fixed: ["/proc/sys"],
    hidden: [
      { path: "/etc/shadow", kind: "file" as const },
      { path: "/etc/ssh", kind: "folder" as const },
    ],
  },
  mounts: [
    { from: "/state/home", to: "/home/me", writable: true },
    { from: "/tools", to: "/tools", writable: false },
  ],
  seccomp: 4,
  written: [{ descriptor: 5, path: "/etc/passwd" }],
  environment: { HOME: "/home/me" },
  cwd: "/work",
};

test("the order in which options take effect", () => {
  const options = bubblewrapArguments(call);
  const at = (...words: string[]) => {
    const index = options.findIndex((_, start) =>
      words.every((word, offset) => options[start + offset] === word),
    );
    expect(index, words.join(" ")).toBeGreaterThanOrEqual(0);
    return index;
  };
  const inOrder = [
    at("--disable-userns"),
    at("--ro-bind", "/etc", "/etc"),
    at("--proc", "/proc"),
    at("--ro-bind", "/proc/sys", "/proc/sys"),
    at("--ro-bind", "/dev/null", "/etc/shadow"),
    at("--tmpfs", "/etc/ssh"),
    at("--tmpfs", "/run"),
    at("--bind", "/state/home", "/home/me"),
    at("--ro-bind", "/tools", "/tools"),
    at("--ro-bind-data", "5", "/etc/passwd"),
    at("--remount-ro", "/"),
    at("--clearenv"),
    at("--setenv", "HOME", "/home/me"),
    at("--chdir", "/work"),
  ];
  expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
  expect(options).not.toContain("--uid");
  expect(bubblewrapArguments({ ...call, account: { uid: 1000, gid: 1000 } }).join(" ")).toContain(
    "--uid 1000 --gid 1000",
  );
});

test("options come out of their file as they went in, and none can become two", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" })), (options) => {
      if (options.some((option) => option.includes("\0")))
        expect(() => nulSeparated(options)).toThrow(TypeError);
      else expect(nulSeparated(options).toString().split("\0").slice(0, -1)).toEqual(options);
    }),
  );
});
