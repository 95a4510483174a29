/** The numbers of the system calls that the filter names: [x86_64, aarch64]; null where the architecture has no such call. */
export type Syscall = readonly [x64: number | null, arm64: number | null];

/** Refused whatever their arguments. Each lets a process reach past its namespaces, or opens much of the kernel for no need of a build or a test. */
export const refused = {
  // Keyrings are shared with the user's login: no namespace holds them.
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  // Does the work of other calls where no filter sees them.
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  open_tree_attr: [467, 467],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  setns: [308, 268],
  // Reaches files by number, past every mount.
  open_by_handle_at: [304, 265],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  create_module: [174, null],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  swapon: [167, 224],
  swapoff: [168, 225],
  reboot: [169, 142],
  acct: [163, 89],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  syslog: [103, 116],
  iopl: [172, null],
  ioperm: [173, null],
  modify_ldt: [154, null],
  uselib: [134, null],
  nfsservctl: [180, 42],
  lookup_dcookie: [212, 18],
  vhangup: [153, 58],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
} as const satisfies Record<string, Syscall>;

/** Judged by their arguments. */
export const judged = {
  ioctl: [16, 29],
  socket: [41, 198],
  socketpair: [53, 199],
  clone: [56, 220],
  clone3: [435, 435],
  unshare: [272, 97],
} as const satisfies Record<string, Syscall>;
