import { judged, refused, type Syscall } from "./syscalls.ts";

export type Architecture = "x64" | "arm64";

const AUDIT = { x64: 0xc000003e, arm64: 0xc00000b7 } as const satisfies Record<Architecture, number>;
/** Calls of the x32 ABI carry this bit: the same kernel under other numbers. */
const X32_BIT = 0x40000000;

const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_OR_EQUAL = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;

const ALLOW = 0x7fff0000;
const EPERM = 0x00050000 + 1;
const ENOSYS = 0x00050000 + 38;

const NUMBER = 0;
const ARCHITECTURE = 4;
/** The low half of an argument, on a little-endian machine. */
const argument = (index: number) => 16 + 8 * index;

const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const NETLINK_ROUTE = 0;
/** CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACES = 0x80 | 0x00020000 | 0x7e000000;
/** In a clone's flags the lowest byte is the signal of its end, not NEWTIME. */
const CLONE_NAMESPACES = NEW_NAMESPACES & ~0xff;

/** A program that runs with its owner's or its group's rights, whoever starts it. */
const SET_ID = 0o6000;
const O_CREAT = 0o100;
const O_TMPFILE = 0o20000000;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number];

/**
 * The seccomp filter of a confinement as a program for the kernel: a denied call answers EPERM, and the process lives on.
 *
 * Denied: what lies in `refused`; putting characters into a terminal (TIOCSTI); sockets of families that no network namespace
 * holds or that no program here needs, all but UNIX, INET, INET6 and the routing part of NETLINK; new namespaces; other system
 * call tables than the architecture's own (32 bit, x32). clone3 answers ENOSYS, since its flags cannot be seen, and every
 * libc goes on with clone, and so does openat2.
 *
 * Denied, too: making a file that lends its owner's or group's rights. Outside it would be the user's, or root's, for everybody to start.
 *
 * ptrace is allowed: the process namespace leaves nobody to trace but the program's own, and debuggers need it.
 */
export function seccompFilter(architecture: Architecture): Buffer {
  const column = architecture === "x64" ? 0 : 1;
  const numberOf = (call: Syscall) => call[column];
  const program: Instruction[] = [
    [LOAD, 0, 0, ARCHITECTURE],
    [JUMP_EQUAL, 1, 0, AUDIT[architecture]],
    [RETURN, 0, 0, EPERM],
    [LOAD, 0, 0, NUMBER],
  ];
  if (architecture === "x64") program.push([JUMP_GREATER_OR_EQUAL, 0, 1, X32_BIT], [RETURN, 0, 0, EPERM]);

  /** The block answers by itself for this call; any other call jumps over it. */
  const judge = (call: Syscall, block: readonly Instruction[]) => {
    const number = numberOf(call);
    if (number !== null) program.push([JUMP_EQUAL, 0, block.length, number], ...block);
  };
  for (const call of Object.values(refused)) judge(call, [[RETURN, 0, 0, EPERM]]);
  judge(judged.clone3, [[RETURN, 0, 0, ENOSYS]]);
  judge(judged.ioctl, [
    [LOAD, 0, 0, argument(1)],
    [JUMP_EQUAL, 2, 0, TIOCSTI],
    [JUMP_EQUAL, 1, 0, TIOCLINUX],
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, EPERM],
  ]);
  const families: Instruction[] = [
    [LOAD, 0, 0, argument(0)],
    [JUMP_EQUAL, 5, 0, AF_UNIX],
    [JUMP_EQUAL, 4, 0, AF_INET],
    [JUMP_EQUAL, 3, 0, AF_INET6],
    [JUMP_EQUAL, 0, 3, AF_NETLINK],
    [LOAD, 0, 0, argument(2)],
    [JUMP_EQUAL, 0, 1, NETLINK_ROUTE],
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, EPERM],
  ];
  judge(judged.socket, families);
  judge(judged.socketpair, families);
  judge(judged.openat2, [[RETURN, 0, 0, ENOSYS]]);
  judge(judged.chmod, withoutSetId(1));
  judge(judged.fchmod, withoutSetId(1));
  judge(judged.fchmodat, withoutSetId(2));
  judge(judged.fchmodat2, withoutSetId(2));
  judge(judged.creat, withoutSetId(1));
  judge(judged.mknod, withoutSetId(1));
  judge(judged.mknodat, withoutSetId(2));
  judge(judged.open, whenCreating(1, withoutSetId(2)));
  judge(judged.openat, whenCreating(2, withoutSetId(3)));
  judge(judged.unshare, namespaces(NEW_NAMESPACES));
  judge(judged.clone, namespaces(CLONE_NAMESPACES));
  program.push([RETURN, 0, 0, ALLOW]);

  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(([code, ifTrue, ifFalse, operand], index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(operand, index * 8 + 4);
  });
  return bytes;
}

const withoutSetId = (mode: number): Instruction[] => [
  [LOAD, 0, 0, argument(mode)],
  [JUMP_ANY_BIT, 0, 1, SET_ID],
  [RETURN, 0, 0, EPERM],
  [RETURN, 0, 0, ALLOW],
];

/** An opening that makes no file leaves its mode to chance. */
const whenCreating = (flags: number, block: readonly Instruction[]): Instruction[] => [
  [LOAD, 0, 0, argument(flags)],
  [JUMP_ANY_BIT, 1, 0, O_CREAT | O_TMPFILE],
  [RETURN, 0, 0, ALLOW],
  ...block,
];

const namespaces = (flags: number): Instruction[] => [
  [LOAD, 0, 0, argument(0)],
  [JUMP_ANY_BIT, 0, 1, flags >>> 0],
  [RETURN, 0, 0, EPERM],
  [RETURN, 0, 0, ALLOW],
];
