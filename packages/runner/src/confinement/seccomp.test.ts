import fc from "fast-check";
import { expect, test } from "vitest";
import { type Architecture, seccompFilter } from "./seccomp.ts";
import { judged, refused } from "./syscalls.ts";

const AUDIT = { x64: 0xc000003e, arm64: 0xc00000b7 };
const architectures: Architecture[] = ["x64", "arm64"];

/** The kernel's view of a filter: runs it on one call and answers "allow" or the error's number. */
function judge(
  architecture: Architecture,
  number: number,
  args: number[] = [],
  audit = AUDIT[architecture],
): "allow" | number {
  const program = seccompFilter(architecture);
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number >>> 0, 0);
  data.writeUInt32LE(audit, 4);
  args.forEach((value, index) => {
    data.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), 16 + 8 * index);
  });
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at++) {
    const [code, operand] = [program.readUInt16LE(at * 8), program.readUInt32LE(at * 8 + 4)];
    const jump = (holds: boolean) => {
      at += program.readUInt8(at * 8 + (holds ? 2 : 3));
    };
    if (code === 0x20) accumulator = data.readUInt32LE(operand);
    else if (code === 0x15) jump(accumulator === operand);
    else if (code === 0x35) jump(accumulator >= operand);
    else if (code === 0x45) jump((accumulator & operand) !== 0);
    else if (code === 0x06) return operand === 0x7fff0000 ? "allow" : operand & 0xffff;
    else throw new Error(`unknown instruction ${code}`);
  }
  throw new Error("the filter does not answer");
}
const EPERM = 1;

test.each(architectures)("%s: refused calls are refused, whatever their arguments", (architecture) => {
  const column = architecture === "x64" ? 0 : 1;
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(refused)),
      fc.array(fc.integer(), { maxLength: 6 }),
      (call, args) => {
        const number = call[column];
        if (number !== null) expect(judge(architecture, number, args)).toBe(EPERM);
      },
    ),
  );
});

test.each(architectures)("%s: every other call is allowed, whatever its arguments", (architecture) => {
  const column = architecture === "x64" ? 0 : 1;
  const named = new Set<number | null>(
    [...Object.values(refused), ...Object.values(judged)].map((call) => call[column]),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 470 }),
      fc.array(fc.integer(), { maxLength: 6 }),
      (number, args) => {
        if (!named.has(number)) expect(judge(architecture, number, args)).toBe("allow");
      },
    ),
  );
});

test.each(architectures)("%s: calls are judged by their arguments", (architecture) => {
  const column = architecture === "x64" ? 0 : 1;
  const ask = (name: "ioctl" | "socket" | "socketpair" | "clone" | "clone3" | "unshare", ...args: number[]) =>
    judge(architecture, judged[name][column], args);
  expect([ask("ioctl", 0, 0x5412), ask("ioctl", 0, 0x541c), ask("ioctl", 0, 0x5401)]).toEqual([
    EPERM,
    EPERM,
    "allow",
  ]);
  // The kernel looks at the low half alone.
  expect(ask("ioctl", 0, 0x1_0000_5412)).toBe(EPERM);
  for (const name of ["socket", "socketpair"] as const) {
    expect([1, 2, 10].map((family) => ask(name, family, 1, 0))).toEqual(["allow", "allow", "allow"]);
    expect([ask(name, 16, 3, 0), ask(name, 16, 3, 12)]).toEqual(["allow", EPERM]);
    expect([0, 3, 17, 31, 38, 40, 44].map((family) => ask(name, family, 1, 0))).toEqual(Array(7).fill(EPERM));
  }
  expect(ask("clone3", 0, 88)).toBe(38);
  const flags = [0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];
  expect(flags.map((flag) => ask("unshare", flag))).toEqual(Array(8).fill(EPERM));
  expect(flags.slice(1).map((flag) => ask("clone", flag | 17))).toEqual(Array(7).fill(EPERM));
  // A thread, a process, and a process whose parent hears of its end by a signal with a high number.
  expect([0x3d0f00, 17, 0x1200011].map((flag) => ask("clone", flag))).toEqual(["allow", "allow", "allow"]);
  expect(ask("unshare", 0x400)).toBe("allow");
});

test.each(architectures)("%s: no file can be made that lends its owner's rights", (architecture) => {
  const column = architecture === "x64" ? 0 : 1;
  const modeAt = {
    chmod: 1,
    fchmod: 1,
    fchmodat: 2,
    fchmodat2: 2,
    creat: 1,
    mknod: 1,
    mknodat: 2,
    open: 2,
    openat: 3,
  } as const;
  for (const [name, at] of Object.entries(modeAt)) {
    const number = judged[name as keyof typeof modeAt][column];
    if (number === null) continue;
    const ask = (mode: number, flags = 0o101) => {
      const args = [0, 0, 0, 0];
      if (name.startsWith("open")) args[at - 1] = flags;
      args[at] = mode;
      return judge(architecture, number, args);
    };
    expect([0o4755, 0o2755, 0o6000, 0o755, 0o1777].map((mode) => ask(mode))).toEqual([
      EPERM,
      EPERM,
      EPERM,
      "allow",
      "allow",
    ]);
    if (name.startsWith("open"))
      expect([ask(0o4755, 0o2), ask(0o4755, 0o20200002)]).toEqual(["allow", EPERM]);
  }
  expect(judge(architecture, judged.openat2[column])).toBe(38);
});

test("other call tables are closed", () => {
  expect(judge("x64", 39, [], 0x40000003)).toBe(EPERM);
  expect(judge("x64", 0x40000000 + 39)).toBe(EPERM);
  expect(judge("arm64", 20, [], 0x40000028)).toBe(EPERM);
  expect(judge("arm64", 39, [], AUDIT.x64)).toBe(EPERM);
});
