/**
 * Commands that carry out a command in their arguments. To add one: a row. `npm exec -- git push` is `git push`.
 */

/** How the rest of the words is carried out. */
type Carries =
  /** The words are a command. */
  | "words"
  /** The words, put together with spaces, are code for a shell. */
  | "code";

export interface Carrier {
  /** Short options that take a value, as letters. */
  valued?: string;
  /** Short options that take none, as letters. Letters in neither list may do either. */
  flags?: string;
  /** Long options that take the next word as their value. */
  valuedLong?: readonly string[];
  /** Long options that take none. Others without `=` may do either. */
  flagsLong?: readonly string[];
  /** Verbs of which one comes before the options, as in `docker exec`. */
  verbs?: readonly string[];
  /** Words that come before the command: the duration of `timeout`, the file of `flock`. */
  positional?: number;
  /** The command begins after a `--` and nowhere else. */
  afterDashes?: true;
  /** Assignments may come before the command. */
  assigns?: true;
  /** Options whose value is code for a shell. */
  codeOptions?: readonly string[];
  /** Options that name the folder that the command runs in. */
  folderOptions?: readonly string[];
  carries?: Carries;
  /** The command gets another user's rights. */
  elevates?: true;
  /** The command runs elsewhere; the first positional word says where. */
  remote?: true;
  /** It does something itself, too. */
  itself?: true;
}

const plainCarrier: Carrier = {};
const toolRunner = (...verbs: string[]): Carrier => ({ verbs, itself: true });

const dockerRun: Carrier = {
  verbs: ["exec", "run", "create", "container exec", "container run", "compose exec", "compose run"],
  flags: "ditPqT",
  valued: "abcehlmnpuvwf",
  flagsLong: `--detach --interactive --tty --rm --privileged --init --read-only --publish-all --no-healthcheck
    --quiet --no-TTY --no-deps --service-ports --use-aliases --build`.split(/\s+/),
  valuedLong:
    `--env --env-file --user --workdir --volume --mount --name --network --publish --platform --entrypoint
    --label --memory --cpus --hostname --add-host --cap-add --cap-drop --device --dns --expose --gpus --ip --ipc --pid
    --pull --restart --security-opt --shm-size --tmpfs --ulimit --userns --volumes-from --context --host --file
    --project-name --profile --detach-keys --log-driver --log-opt --runtime --cgroupns --sysctl --stop-signal`.split(
      /\s+/,
    ),
  positional: 1,
  remote: true,
  itself: true,
};

export const carriers: Readonly<Record<string, Carrier>> = {
  sudo: {
    valued: "CDghpRrTtUu",
    flags: "ABbEeHiKklNnPSsVv",
    valuedLong:
      `--close-from --chdir --group --host --prompt --chroot --role --type --command-timeout --other-user --user`.split(
        " ",
      ),
    flagsLong:
      `--askpass --background --preserve-env --set-home --login --non-interactive --stdin --shell --remove-timestamp --reset-timestamp`.split(
        " ",
      ),
    folderOptions: ["-D", "--chdir"],
    assigns: true,
    elevates: true,
  },
  doas: { valued: "aCu", flags: "Lns", elevates: true },
  pkexec: { valuedLong: ["--user"], flagsLong: ["--disable-internal-agent"], elevates: true },
  su: {
    valued: "gGsTw",
    flags: "flmpP",
    codeOptions: ["-c", "--command", "--session-command"],
    positional: 1,
    elevates: true,
    valuedLong: ["--shell", "--group"],
    flagsLong: ["--login"],
  },
  runuser: {
    valued: "ugGsw",
    flags: "flmpP",
    codeOptions: ["-c", "--command", "--session-command"],
    elevates: true,
    valuedLong: ["--user", "--shell", "--group"],
    flagsLong: ["--login"],
  },
  sg: { codeOptions: ["-c"], positional: 1, carries: "code", elevates: true },
  env: {
    valued: "uCa",
    flags: "i0v",
    valuedLong: ["--unset", "--chdir", "--argv0"],
    flagsLong: ["--ignore-environment", "--null", "--debug"],
    folderOptions: ["-C", "--chdir"],
    assigns: true,
  },
  timeout: {
    valued: "ks",
    flags: "vfp",
    valuedLong: ["--kill-after", "--signal"],
    flagsLong: ["--foreground", "--preserve-status", "--verbose"],
    positional: 1,
  },
  gtimeout: { valued: "ks", positional: 1 },
  nice: { valued: "n", flags: "0123456789", valuedLong: ["--adjustment"] },
  ionice: { valued: "cnpPu", flags: "t", valuedLong: ["--class", "--classdata"], flagsLong: ["--ignore"] },
  chrt: { valued: "TPD", flags: "bfiorRdmv", positional: 1 },
  taskset: { flags: "apc", positional: 1 },
  nohup: plainCarrier,
  setsid: { flags: "cfw", flagsLong: ["--fork", "--wait", "--ctty"] },
  stdbuf: { valued: "ioe", valuedLong: ["--input", "--output", "--error"] },
  unbuffer: { flags: "p" },
  time: {
    valued: "fo",
    flags: "apvqV",
    valuedLong: ["--format", "--output"],
    flagsLong: ["--append", "--portability", "--verbose"],
  },
  command: { flags: "p" },
  builtin: plainCarrier,
  exec: { valued: "a", flags: "cl" },
  noglob: plainCarrier,
  nocorrect: plainCarrier,
  busybox: plainCarrier,
  toybox: plainCarrier,
  coreutils: plainCarrier,
  chroot: {
    valuedLong: ["--userspec", "--groups"],
    flagsLong: ["--skip-chdir"],
    positional: 1,
    remote: true,
  },
  unshare: {
    valued: "SGR",
    flags: "imnpuUCTfrc",
    valuedLong: [
      "--setuid",
      "--setgid",
      "--root",
      "--wd",
      "--map-user",
      "--map-group",
      "--map-users",
      "--map-groups",
    ],
    flagsLong: [
      "--mount",
      "--uts",
      "--ipc",
      "--net",
      "--pid",
      "--user",
      "--cgroup",
      "--fork",
      "--map-root-user",
      "--mount-proc",
      "--map-current-user",
      "--kill-child",
    ],
    folderOptions: ["--wd"],
  },
  nsenter: {
    valued: "tSGr",
    flags: "aCiFmnpuUTwZ",
    valuedLong: ["--target", "--setuid", "--setgid"],
    flagsLong: [
      "--all",
      "--mount",
      "--uts",
      "--ipc",
      "--net",
      "--pid",
      "--user",
      "--cgroup",
      "--no-fork",
      "--preserve-credentials",
    ],
    elevates: true,
  },
  setpriv: {
    valuedLong: [
      "--reuid",
      "--regid",
      "--groups",
      "--inh-caps",
      "--ambient-caps",
      "--bounding-set",
      "--securebits",
      "--pdeathsig",
    ],
    flagsLong: ["--clear-groups", "--keep-groups", "--init-groups", "--no-new-privs", "--reset-env"],
  },
  capsh: { afterDashes: true },
  flock: {
    valued: "wE",
    flags: "sxeuonFv",
    codeOptions: ["-c", "--command"],
    valuedLong: ["--wait", "--timeout", "--conflict-exit-code"],
    flagsLong: ["--shared", "--exclusive", "--unlock", "--nonblock", "--nb", "--close", "--no-fork"],
    positional: 1,
  },
  watch: {
    valued: "nqs",
    flags: "bcCdegptrwx",
    valuedLong: ["--interval"],
    flagsLong: [
      "--differences",
      "--errexit",
      "--chgexit",
      "--no-title",
      "--exec",
      "--color",
      "--beep",
      "--precise",
    ],
    carries: "code",
  },
  hyperfine: {
    valued: "wmMrpscnuS",
    valuedLong: [
      "--warmup",
      "--runs",
      "--min-runs",
      "--max-runs",
      "--export-json",
      "--export-markdown",
      "--shell",
    ],
    codeOptions: ["-p", "-s", "-c", "--prepare", "--setup", "--cleanup"],
    carries: "code",
    itself: true,
  },
  script: { valued: "EIOBT", flags: "aefqt", codeOptions: ["-c", "--command"], positional: 1 },
  ssh: {
    valued: "BbcDEeFIiJLlmOopPQRSWw",
    flags: "46AaCfGgKkMNnqsTtVvXxYy",
    positional: 1,
    carries: "code",
    remote: true,
    itself: true,
  },
  mosh: { valued: "p", positional: 1, carries: "code", remote: true, itself: true },
  sshpass: { valued: "pfdP", flags: "ev" },
  autossh: {
    valued: "MBbcDEeFIiJLlmOopQRSWw",
    flags: "46AaCfGgKkMNnqsTtVvXxYy",
    positional: 1,
    carries: "code",
    remote: true,
  },
  docker: dockerRun,
  podman: dockerRun,
  nerdctl: dockerRun,
  "docker-compose": dockerRun,
  kubectl: { verbs: ["exec", "run", "debug"], afterDashes: true, remote: true, itself: true },
  oc: { verbs: ["exec", "rsh", "run"], afterDashes: true, remote: true, itself: true },
  lxc: { verbs: ["exec"], afterDashes: true, remote: true, itself: true },
  multipass: { verbs: ["exec"], afterDashes: true, remote: true, itself: true },
  vagrant: { verbs: ["ssh"], codeOptions: ["-c", "--command"], remote: true, itself: true },
  wsl: { valued: "du", remote: true },
  strace: { valued: "eopsSuaPbEIOX", flags: "cCdDfFhiknqrtTvVwxyYzZ" },
  ltrace: { valued: "eopsuanlFAwx", flags: "cCdfhiLrStTbVX" },
  valgrind: plainCarrier,
  perf: { verbs: ["stat", "record", "trace"], valued: "eoFpCtG", itself: true },
  fakeroot: { valued: "lfsiub" },
  proot: { valued: "rbwkq", flags: "0S" },
  firejail: plainCarrier,
  bwrap: { afterDashes: true },
  "systemd-run": {
    valued: "pEuMH",
    flags: "tPqGrdS",
    valuedLong: [
      "--unit",
      "--property",
      "--uid",
      "--gid",
      "--slice",
      "--setenv",
      "--working-directory",
      "--on-calendar",
      "--on-active",
    ],
    flagsLong: [
      "--user",
      "--scope",
      "--pty",
      "--pipe",
      "--wait",
      "--quiet",
      "--collect",
      "--shell",
      "--no-block",
    ],
    itself: true,
  },
  "systemd-inhibit": plainCarrier,
  "dbus-run-session": plainCarrier,
  "xvfb-run": { valued: "efnps", flags: "al" },
  "ssh-agent": { valued: "aEtPO", flags: "cDdks" },
  caffeinate: { valued: "tw", flags: "disu" },
  arch: plainCarrier,
  setarch: { positional: 1 },
  linux32: plainCarrier,
  linux64: plainCarrier,
  cpulimit: { valued: "lepP", flags: "zifqvm" },
  prlimit: plainCarrier,
  "cross-env": { assigns: true },
  "cross-env-shell": { assigns: true, carries: "code" },
  "env-cmd": { valued: "fre", afterDashes: true },
  dotenv: { valued: "fe", afterDashes: true },
  direnv: { verbs: ["exec"], positional: 1, itself: true },
  mise: { verbs: ["exec", "x"], afterDashes: true, itself: true },
  asdf: { verbs: ["exec"], itself: true },
  rbenv: toolRunner("exec"),
  pyenv: toolRunner("exec"),
  bundle: toolRunner("exec"),
  poetry: toolRunner("run"),
  pipenv: toolRunner("run"),
  pdm: toolRunner("run"),
  hatch: toolRunner("run"),
  rye: toolRunner("run"),
  uv: {
    ...toolRunner("run"),
    valuedLong: ["--with", "--python", "--project", "--directory", "--env-file"],
    valued: "p",
  },
  conda: {
    verbs: ["run"],
    valued: "np",
    flagsLong: ["--no-capture-output", "--live-stream"],
    itself: true,
  },
  mamba: { verbs: ["run"], valued: "np", itself: true },
  rustup: { verbs: ["run"], positional: 1, itself: true },
  npx: {
    valued: "pw",
    flags: "yq",
    codeOptions: ["-c", "--call"],
    valuedLong: ["--package", "--workspace"],
    flagsLong: ["--yes", "--no", "--no-install", "--quiet"],
    itself: true,
  },
  bunx: { itself: true },
  npm: {
    verbs: ["exec", "x"],
    codeOptions: ["-c", "--call"],
    valuedLong: ["--package"],
    flagsLong: ["--yes"],
    itself: true,
  },
  pnpm: { verbs: ["exec", "dlx"], flags: "rwc", flagsLong: ["--recursive", "--parallel"], itself: true },
  yarn: toolRunner("exec", "dlx"),
  nix: { verbs: ["develop", "shell"], codeOptions: [], valued: "", itself: true, afterDashes: true },
  "nix-shell": { codeOptions: ["--run", "--command"], valued: "pAI", afterDashes: true, itself: true },
  nodemon: { codeOptions: ["--exec", "-x"], valued: "wei", afterDashes: true, itself: true },
  tmux: {
    verbs: [
      "new-session",
      "new",
      "new-window",
      "neww",
      "split-window",
      "splitw",
      "respawn-pane",
      "respawnp",
      "run-shell",
      "run",
      "popup",
      "display-popup",
      "if-shell",
    ],
    valued: "censtxyFLSf",
    flags: "AbdDEPXhvk",
    carries: "code",
    itself: true,
  },
  screen: { valued: "cehpsSt", flags: "admDRUq", itself: true },
  entr: { flags: "acdnprsz" },
};

/** Shells by name: what they are given as code is read. */
export const shells = new Set("sh bash zsh dash ksh mksh ash fish rbash tcsh csh yash elvish nu".split(" "));
