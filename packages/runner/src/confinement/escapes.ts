/**
 * The ways out that are tried on a machine to see whether confinement holds there.
 *
 * To add one: a line in `escapes`. The script runs in a shell in the workspace, confined, with the victim's names in its
 * environment (`escape-victim.ts`). It got out when it ends with 0, and also when the victim was harmed, whatever the script says.
 * `tame` ones may run unconfined against the victim, and get out there: the tests hold them to it, so that no attempt is idle.
 */
export interface Escape {
  name: string;
  tries: string;
  script: string;
  /** Harms nobody but the victim when nothing holds it, and works then, for an ordinary user too. */
  tame: boolean;
  /** What must be there for the attempt to mean anything. */
  needs?: string;
}

const reads = (path: string) => `grep -q SECRET "${path}"`;
const writes = (path: string) => `printf '# more\\n' >>"${path}" && grep -q SECRET "${path}"`;
/** A program for Perl: no quotes within. It got out when it ends with 0. */
const perl = (program: string) => `perl -e '${program}'`;

const file = (name: string, path: string, tries = `read ${path.replace("$VICTIM", "~")}`) =>
  ({ name, tries, script: reads(path), tame: true }) as const;
const edit = (name: string, path: string) =>
  ({ name, tries: `write ${path.replace("$VICTIM", "~")}`, script: writes(path), tame: true }) as const;
/** A system call by its numbers on both architectures; allowed to fail with anything but EPERM, which is the filter's answer. */
const syscall = (name: string, tries: string, [x64, arm64]: readonly [number, number], args: string) =>
  ({
    name,
    tries,
    needs: "perl",
    script: perl(
      `my $nr = \`uname -m\` =~ /x86_64/ ? ${x64} : ${arm64}; my $got = syscall($nr, ${args}); exit($got == -1 && $! == 1 ? 1 : 0)`,
    ),
    tame: false,
  }) as const;
const family = (name: string, number: number, protocol = 0) =>
  ({
    name: `socket-${name}`,
    tries: `open a socket of a family that no network namespace holds (${name})`,
    needs: "perl",
    script: perl(
      `socket(my $s, ${number}, 3, ${protocol}) || socket($s, ${number}, 1, ${protocol}) || socket($s, ${number}, 2, ${protocol}) or exit 1`,
    ),
    tame: false,
  }) as const;

export const escapes: readonly Escape[] = [
  // The user's files
  file("read-ssh-key", "$VICTIM/.ssh/id_ed25519"),
  file("read-cloud-login", "$VICTIM/.aws/credentials"),
  file("read-netrc", "$VICTIM/.netrc"),
  file("read-forge-login", "$VICTIM/.config/gh/hosts.yml"),
  file("read-own-token", "$VICTIM/.tutti/token", "read Tutti's own token"),
  file("read-other-worktree", "$OTHER/file", "read another task's worktree"),
  file("read-main-objects", "$MAIN/objects/pack/one.pack", "read the main repository beyond what was lent"),
  file("read-upwards", "$OWN/../other/file", "read another worktree by a path through the workspace"),
  {
    name: "read-by-link",
    tries: "read a key through a link in the workspace",
    script: `ln -sfn "$VICTIM/.ssh" link && ${reads("link/id_ed25519")}`,
    tame: true,
  },
  {
    name: "read-by-hard-link",
    tries: "make a hard link to a key in the workspace",
    script: `ln -f "$VICTIM/.ssh/id_ed25519" hard && ${reads("hard")}`,
    tame: true,
  },
  {
    name: "list-outside",
    tries: "list the folder that holds everything",
    script: 'ls "$OUTSIDE" | grep -q open.sock',
    tame: true,
  },
  edit("write-shell-profile", "$VICTIM/.bashrc"),
  edit("write-git-settings", "$VICTIM/.gitconfig"),
  edit("write-main-config", "$MAIN/config"),
  edit("write-main-hook", "$MAIN/hooks/post-checkout"),
  edit("write-other-worktree", "$OTHER/file"),
  {
    name: "move-branch",
    tries: "move a branch of the main repository",
    script: `echo 0000 >"$MAIN/refs/heads/main"; test -s "$MAIN/refs/heads/main" && test -d "$MAIN/objects/pack" && test -f "$MAIN/config"`,
    tame: true,
  },
  {
    name: "remove-pack",
    tries: "remove the main repository's objects",
    script: 'test -f "$MAIN/objects/pack/one.pack" && rm -f "$MAIN/objects/pack/one.pack"',
    tame: true,
  },
  {
    name: "write-by-link",
    tries: "write the shell's profile through a link in the workspace",
    script: `ln -sfn "$VICTIM/.bashrc" rc && ${writes("rc")}`,
    tame: true,
  },
  {
    name: "move-workspace",
    tries: "put another folder in the workspace's place",
    script: 'cd / && mv "$OWN" "$OWN.away" && mv "$OWN.away" "$OWN"',
    tame: true,
  },
  {
    name: "move-way-to-workspace",
    tries: "put a link in the place of a folder that leads to the workspace",
    script: 'cd / && mv "$VICTIM/.tutti" "$VICTIM/.away" && mv "$VICTIM/.away" "$VICTIM/.tutti"',
    tame: true,
  },
  // The system
  {
    name: "write-system",
    tries: "write into the system's programs and settings",
    script:
      "touch /usr/tutti-escape 2>/dev/null || touch /etc/tutti-escape 2>/dev/null || touch /opt/tutti-escape 2>/dev/null || touch /tutti-escape",
    tame: false,
  },
  {
    name: "read-shadow",
    tries: "read the machine's passwords",
    script: "grep -q : /etc/shadow || grep -q : /etc/gshadow || grep -q . /etc/shadow-",
    tame: false,
  },
  {
    name: "read-host-keys",
    tries: "read the machine's keys",
    script: "grep -rqs PRIVATE /etc/ssh /etc/ssl/private",
    tame: false,
  },
  {
    name: "read-homes",
    tries: "look into the HOMEs of others, logs and mail",
    script:
      "ls -A /home/*/.ssh /root/.ssh /root/.bashrc /var/log/* /var/mail/* /var/lib/* 2>/dev/null | grep -q .",
    tame: false,
  },
  {
    name: "read-disk",
    tries: "read a disk past its files",
    script:
      "for d in /dev/vda /dev/sda /dev/nvme0n1 /dev/xvda /dev/mem /dev/kmem /dev/dm-0; do head -c 1 $d 2>/dev/null | grep -q '' && exit 0; done; exit 1",
    tame: false,
  },
  {
    name: "make-device",
    tries: "make a device of its own",
    script: "mknod disk b 254 0 || mknod disk b 8 0",
    tame: false,
  },
  {
    name: "write-kernel-setting",
    tries: "change how the kernel runs programs",
    script:
      "for f in $(find /proc/sys /proc/sysrq-trigger /proc/mtrr /proc/acpi /proc/scsi /proc/fs /proc/irq /proc/bus /sys -type f -maxdepth 4 2>/dev/null); do (true >>$f) && echo $f && exit 0; done 2>/dev/null; exit 1",
    tame: false,
  },
  {
    name: "control-groups",
    tries: "leave its control group",
    script:
      "for f in $(find /sys/fs/cgroup -maxdepth 3 -name cgroup.procs 2>/dev/null); do echo $$ >$f && exit 0; done 2>/dev/null; exit 1",
    tame: false,
  },
  {
    name: "container-daemon",
    tries: "reach a container daemon or the session bus",
    script:
      "ls -d /var/run/docker.sock /run/docker.sock /run/podman /run/containerd /run/dbus /run/user/* /run/systemd 2>/dev/null | grep -q .",
    tame: false,
  },
  {
    name: "lend-rights",
    tries: "leave a file in the workspace that runs with its owner's rights",
    script:
      "cp /bin/true lent && chmod u+s lent || install -m 4755 /bin/true lent || (cp /bin/true lent && chmod g+s lent)",
    tame: true,
  },
  {
    name: "lend-rights-at-birth",
    tries: "make a file that is born with its owner's rights",
    needs: "perl",
    script: perl("sysopen(my $f, q(born), 65, 2541) or exit 1; exit((stat $f)[2] & 3072 ? 0 : 1)"),
    tame: true,
  },
  // Processes
  {
    name: "read-environment",
    tries: "read the environment of a process outside",
    script: 'tr "\\\\0" "\\\\n" <"/proc/$PID/environ" | grep -q SECRET',
    tame: true,
  },
  {
    name: "search-environments",
    tries: "read any environment with a secret in it",
    script: "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -q ^TOKEN=SECRET",
    tame: true,
  },
  {
    name: "read-arguments",
    tries: "read the host's environment, or what was mounted, from the confinement's own process",
    script:
      "tr '\\0' '\\n' </proc/1/environ | grep -v -e '^TUTTI_MARKER=' -e '^PWD=' | grep = || tr '\\0' '\\n' </proc/1/cmdline | grep -e 'sete[n]v' -e '^--bin[d]'",
    tame: false,
  },
  {
    name: "process-root",
    tries: "go to the file system of a process outside",
    script: `${reads("/proc/$PID/cwd/.netrc")} || ${reads("/proc/$PID/root$VICTIM/.netrc")}`,
    tame: true,
  },
  {
    name: "first-process-root",
    tries: "find the outside in the first process's folders",
    script:
      'for p in /proc/[0-9]*; do grep -qs SECRET "$p/root$VICTIM/.netrc" "$p/root/oldroot$VICTIM/.netrc" "$p/cwd$VICTIM/.netrc" && exit 0; done; exit 1',
    tame: true,
  },
  {
    name: "inherited-descriptors",
    tries: "find a file, a folder or a socket that was left open",
    script:
      "ls -l /proc/[0-9]*/fd 2>/dev/null | sed -n 's/.* -> //p' | grep -v -e '^/dev/null$' -e '^/dev/pts' -e '^/proc/' -e '^pipe:' -e '^socket:' -e '^anon_inode:' | grep -q .",
    tame: false,
  },
  {
    name: "first-process-rights",
    tries: "borrow the rights of the confinement's own first process",
    script:
      "! grep -q '^Seccomp:[[:space:]]*2' /proc/1/status || grep -E '^Cap(Prm|Eff|Bnd):' /proc/1/status | grep -qv 0000000000000000",
    tame: false,
  },
  { name: "signal-process", tries: "signal a process outside", script: 'kill -0 "$PID"', tame: true },
  {
    name: "kill-everything",
    tries: "end every process there is",
    script: 'perl -e "kill KILL => -1" 2>/dev/null || kill -9 -1; exit 1',
    tame: false,
  },
  {
    name: "trace-process",
    tries: "trace a process outside",
    needs: "perl",
    script: perl(
      "my $nr = `uname -m` =~ /x86_64/ ? 101 : 117; exit(syscall($nr, 16, $ENV{PID} + 0, 0, 0) == 0 ? 0 : 1)",
    ),
    tame: false,
  },
  {
    name: "read-memory",
    tries: "read the memory of a process outside",
    script: 'head -c 0 "/proc/$PID/mem" && grep -q stack "/proc/$PID/maps"',
    tame: true,
  },
  // Network
  {
    name: "path-socket",
    tries: "connect to a socket in the file system",
    needs: "perl",
    script: perl(
      "use Socket; socket(S, PF_UNIX, SOCK_STREAM, 0) && connect(S, sockaddr_un($ENV{PATH_SOCKET})) && <S> =~ /SECRET/ or exit 1",
    ),
    tame: true,
  },
  {
    name: "abstract-socket",
    tries: "connect to a socket without a file",
    needs: "perl",
    script: perl(
      "use Socket; socket(S, PF_UNIX, SOCK_STREAM, 0) && connect(S, pack(q(S), AF_UNIX) . chr(0) . $ENV{ABSTRACT}) && <S> =~ /SECRET/ or exit 1",
    ),
    tame: true,
  },
  {
    name: "loopback",
    tries: "connect to another port of the loopback",
    needs: "perl",
    script: perl(
      "use Socket; socket(S, PF_INET, SOCK_STREAM, 0) && connect(S, sockaddr_in($ENV{TCP}, INADDR_LOOPBACK)) && <S> =~ /SECRET/ or exit 1",
    ),
    tame: true,
  },
  {
    name: "datagram",
    tries: "send a datagram to the loopback outside; it got out when it arrives",
    needs: "perl",
    script: perl(
      "use Socket; socket(S, PF_INET, SOCK_DGRAM, 0); send(S, q(SECRET), 0, sockaddr_in($ENV{UDP}, INADDR_LOOPBACK)); select(undef, undef, undef, 0.05); exit 1",
    ),
    tame: true,
  },
  {
    name: "datagram-away",
    tries: "send a datagram into the network",
    needs: "perl",
    script: perl(
      "use Socket; socket(S, PF_INET, SOCK_DGRAM, 0) && send(S, q(x), 0, sockaddr_in(9, inet_aton(q(192.0.2.1)))) or exit 1",
    ),
    tame: false,
  },
  {
    name: "connection-away",
    tries: "begin a connection into the network",
    needs: "perl",
    script: perl(
      "use Socket; use Fcntl; use Errno; socket(S, PF_INET, SOCK_STREAM, 0); fcntl(S, F_SETFL, O_NONBLOCK); connect(S, sockaddr_in(443, inet_aton(q(192.0.2.1)))) || $!{EINPROGRESS} or exit 1",
    ),
    tame: false,
  },
  {
    name: "names",
    tries: "ask for an address by name",
    script: "getent hosts example.com | grep -q .",
    tame: false,
  },
  {
    name: "interfaces",
    tries: "find a network interface beside its own loopback",
    script: "tail -n +3 /proc/net/dev | grep -qv '^ *lo:'",
    tame: false,
  },
  {
    name: "own-socket-folder",
    tries: "put a socket of its own in the place of Tutti's",
    script:
      'f=$(find /run/tutti -name \'*.sock\' | head -n 1); test -n "$f" && { rm -f "$f" || mv "$f" "$f.away" || touch "$(dirname "$f")/more"; }',
    tame: false,
  },
  // Rights
  {
    name: "gain-rights",
    tries: "gain root's rights by a program that lends them",
    script:
      "grep -q 'NoNewPrivs:[[:space:]]*0' /proc/self/status || test \"$(su root -c 'id -u' </dev/null)\" = 0 || test \"$(sudo -n id -u)\" = 0",
    tame: false,
  },
  {
    name: "capabilities",
    tries: "find a capability",
    script: "grep -E '^Cap(Prm|Eff|Bnd|Amb):' /proc/self/status | grep -qv 0000000000000000",
    tame: false,
  },
  {
    name: "user-namespace",
    tries: "become root of a user namespace of its own",
    script: "unshare -Ur true || unshare -U true",
    tame: false,
  },
  {
    name: "mount",
    tries: "mount something",
    script: "mkdir -p at && (mount -t tmpfs none at || mount --bind /etc at || mount -t proc none at)",
    tame: false,
  },
  {
    name: "remount",
    tries: "make a read-only mount writable",
    script: "mount -o remount,bind,rw /usr || mount -o remount,rw /etc || mount -o remount,rw /",
    tame: false,
  },
  {
    name: "unmount",
    tries: "take a cover away",
    script: 'umount -l /run || umount -l /tmp || umount -l "$HOME" || umount -l /etc/passwd',
    tame: false,
  },
  {
    name: "enter-namespace",
    tries: "enter the namespaces of a process outside",
    script: 'nsenter -t "$PID" -m true || nsenter -t 1 -U true || nsenter -t 1 -n true',
    tame: false,
  },
  {
    name: "change-root",
    tries: "leave by a root of its own",
    script: "chroot . /bin/true || chroot / /bin/true",
    tame: false,
  },
  {
    name: "terminal-input",
    tries: "type into a terminal",
    needs: "perl",
    script: perl(
      "my $c = q(x); open my $t, q(+<), q(/dev/tty) or open $t, q(+<), q(/dev/ptmx) or exit 1; exit(ioctl($t, 0x5412, $c) ? 0 : 1)",
    ),
    tame: false,
  },
  {
    name: "limits",
    tries: "raise its own limits",
    needs: "perl",
    script: "ulimit -Hc unlimited 2>/dev/null; ulimit -Hn | grep -q unlimited",
    tame: false,
  },
  // The kernel
  syscall("keyring", "read the user's keyring", [250, 219], "0, -4, 1"),
  syscall(
    "add-key",
    "put a key into a keyring",
    [248, 217],
    '"user", "tutti", "x", 1, -3'.replaceAll('"', '"'),
  ),
  syscall("io-uring", "do calls where no filter sees them", [425, 425], "1, 0"),
  syscall("bpf", "load a program into the kernel", [321, 280], "0, 0, 0"),
  syscall("perf-events", "watch the kernel at work", [298, 241], "0, 0, -1, -1, 0"),
  syscall("userfaultfd", "hold the kernel in the middle of a call", [323, 282], "0"),
  syscall("open-by-handle", "open a file by its number", [304, 265], "-1, 0, 0"),
  syscall("kexec", "start another kernel", [246, 104], "0, 0, 0, 0"),
  syscall("load-module", "load a module into the kernel", [313, 273], "-1, 0, 0"),
  syscall("new-mount-api", "mount by the newer calls", [430, 430], "0, 0"),
  syscall("unshare-mounts", "make a mount namespace", [272, 97], "0x20000"),
  syscall("unshare-network", "make a network namespace", [272, 97], "0x40000000"),
  syscall("clone-namespace", "start a process in new namespaces", [56, 220], "0x10000011, 0, 0, 0, 0"),
  family("vsock", 40),
  family("packet", 17),
  family("bluetooth", 31),
  family("alg", 38),
  family("xdp", 44),
  family("netfilter", 16, 12),
  {
    name: "other-call-table",
    tries: "call the kernel by the numbers of the x32 table",
    needs: "perl",
    script: perl(
      "exit 1 unless `uname -m` =~ /x86_64/; my $got = syscall(0x40000000 + 39); exit($got > 0 ? 0 : 1)",
    ),
    tame: false,
  },
];
