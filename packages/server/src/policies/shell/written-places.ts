/** Which places a well-known command writes to, read from its arguments. */
import { basename } from "./paths.ts";

export interface Call {
  /** The command's name without its folder. */
  name: string;
  /** Its arguments, as far as they are known; undefined stands for one that is not. */
  args: readonly (string | undefined)[];
}

/** Arguments split into options, with the values of those that take one, and the rest. */
interface Arguments {
  /** Values by option, short and long ones alike; an option without a value has an empty one. */
  options: Map<string, string[]>;
  rest: string[];
}

/** Answers the arguments that name what is written. */
type Places = (args: Arguments) => string[];

const all: Places = ({ rest }) => rest;
const allButFirst: Places = ({ rest }) => rest.slice(1);
const values = ({ options }: Arguments, ...names: string[]): string[] =>
  names.flatMap((name) => options.get(name) ?? []).filter((value) => value !== "");

/** The last argument is where things go, unless an option says it. */
const destination: Places = (args) => {
  const named = values(args, "-t", "--target-directory");
  if (named.length > 0) return named;
  return args.rest.length > 1 ? args.rest.slice(-1) : [];
};

interface Writer {
  /** Options that take the next argument as their value. */
  valued?: readonly string[];
  places: Places;
}

const writers: Readonly<Record<string, Writer>> = {
  rm: { places: all },
  rmdir: { places: all },
  unlink: { places: all },
  shred: { valued: ["-n", "-s"], places: all },
  mkdir: { valued: ["-m", "--mode"], places: all },
  mkfifo: { valued: ["-m"], places: all },
  touch: { valued: ["-d", "-r", "-t", "--date", "--reference"], places: all },
  truncate: { valued: ["-s", "-r", "--size", "--reference"], places: all },
  tee: { places: all },
  mv: {
    valued: ["-t", "--target-directory", "-S"],
    places: (args) => [...args.rest, ...values(args, "-t", "--target-directory")],
  },
  cp: { valued: ["-t", "--target-directory", "-S"], places: destination },
  ln: { valued: ["-t", "--target-directory", "-S"], places: destination },
  install: {
    valued: ["-t", "--target-directory", "-m", "--mode", "-o", "-g", "--owner", "--group"],
    places: (args) => (args.options.has("-d") ? args.rest : destination(args)),
  },
  rsync: {
    valued: ["-e", "--rsh", "--exclude", "--include", "--files-from"],
    places: (args) => destination(args).filter((place) => !/^[^/]+:/.test(place)),
  },
  scp: {
    valued: ["-P", "-i", "-o", "-F", "-J"],
    places: (args) => destination(args).filter((place) => !/^[^/]+:/.test(place)),
  },
  chmod: { places: (args) => (args.options.has("--reference") ? args.rest : allButFirst(args)) },
  chown: { places: (args) => (args.options.has("--reference") ? args.rest : allButFirst(args)) },
  chgrp: { places: (args) => (args.options.has("--reference") ? args.rest : allButFirst(args)) },
  setfacl: { valued: ["-m", "-x", "-M", "-X"], places: all },
  dd: { places: ({ rest }) => rest.flatMap((word) => (word.startsWith("of=") ? [word.slice(3)] : [])) },
  sed: {
    valued: ["-e", "-f", "--expression", "--file", "-l"],
    places: (args) => {
      const inPlace = [...args.options.keys()].some((option) => /^(-[a-zA-Z]*i|--in-place)/.test(option));
      if (!inPlace) return [];
      const scripted = ["-e", "-f", "--expression", "--file"].some((option) => args.options.has(option));
      return scripted ? args.rest : args.rest.slice(1);
    },
  },
  perl: {
    valued: ["-e", "-E", "-I"],
    places: (args) =>
      [...args.options.keys()].some((option) => /^-[a-zA-Z]*i/.test(option)) ? args.rest : [],
  },
  patch: {
    valued: ["-d", "-i", "-o", "-p"],
    places: (args) => [...values(args, "-d", "-o", "--directory", "--output"), ...args.rest.slice(0, 1)],
  },
  tar: {
    valued: ["-C", "--directory", "-f", "--file"],
    places: (args) => {
      const letters = [...args.options.keys(), args.rest[0] ?? ""]
        .filter((word) => !word.startsWith("--"))
        .join("");
      const extracts = /x/.test(letters) || args.options.has("--extract");
      return extracts ? values(args, "-C", "--directory") : values(args, "-f", "--file");
    },
  },
  unzip: { valued: ["-d"], places: (args) => values(args, "-d") },
  curl: {
    valued: ["-o", "--output", "--output-dir", "-H", "-d", "-X", "-u"],
    places: (args) => values(args, "-o", "--output", "--output-dir"),
  },
  wget: {
    valued: ["-O", "-P", "-o", "--output-document"],
    places: (args) => values(args, "-O", "-P", "-o", "--output-document"),
  },
};

/** Commands that only look, whatever they are given: they may run in any folder. */
const lookers = new Set(
  `: [ [[ basename cat cd cksum cmp column comm cut date df diff dirname du echo egrep env false fgrep file fold
  grep groups head hexdump hostname id jq less ls md5sum more nl nproc od paste pgrep popd printenv printf ps pushd pwd
  read readlink realpath rg seq set sha1sum sha256sum sleep sort stat strings sum tac tail test tr tree true type
  ulimit uname uniq unset uptime wait wc whereis which whoami xxd yes export local declare exit return shift
  alias base64 break builtin command continue eval exec getopts hash let mapfile readarray readonly rev set shopt tac trap
  typeset umask unalias`.split(/\s+/),
);

const gitLookers = new Set(
  `blame cat-file describe diff diff-tree for-each-ref grep help log ls-files ls-remote ls-tree merge-base name-rev
  reflog rev-list rev-parse shortlog show show-ref status var version whatchanged`.split(/\s+/),
);

/** What a command writes: places as they stand in its arguments, and whether it may write anywhere in its folder. */
export interface Written {
  places: string[];
  /** Set when the command works on a folder as a whole: `""` for the one that it runs in. */
  folders: string[];
}

export function writtenBy({ name, args }: Call): Written {
  if (name === "git") return writtenByGit(args);
  if (name === "find") return writtenByFind(args);
  const writer = Object.hasOwn(writers, name) ? writers[name] : undefined;
  if (writer) return { places: writer.places(split(args, writer.valued ?? [])), folders: [] };
  return { places: [], folders: lookers.has(name) ? [] : [""] };
}

function writtenByGit(args: readonly (string | undefined)[]): Written {
  const folders: string[] = [];
  let index = 0;
  for (; index < args.length; index += 1) {
    const arg = args[index];
    if (arg === "-C" || arg === "--git-dir" || arg === "--work-tree") folders.push(args[++index] ?? "");
    else if (arg === "-c" || arg === "--exec-path" || arg === "--namespace") index += 1;
    else if (arg?.startsWith("--git-dir=") || arg?.startsWith("--work-tree="))
      folders.push(arg.slice(arg.indexOf("=") + 1));
    else if (!arg?.startsWith("-")) break;
  }
  const verb = args[index];
  if (verb !== undefined && gitLookers.has(verb)) return { places: [], folders: [] };
  const { rest } = split(args.slice(index + 1), [
    "-b",
    "-B",
    "-o",
    "--origin",
    "--branch",
    "--depth",
    "--reason",
  ]);
  const places =
    verb === "clone" ? rest.slice(1) : verb === "init" ? rest : verb === "worktree" ? rest.slice(1, 2) : [];
  return { places, folders: folders.length > 0 ? folders : [""] };
}

function writtenByFind(args: readonly (string | undefined)[]): Written {
  const first = args.findIndex((arg) => arg?.startsWith("-") || arg === "(" || arg === "!");
  const expression = first < 0 ? [] : args.slice(first);
  const carried = expression.findIndex((arg) => arg !== undefined && /^-(exec|execdir|ok|okdir)$/.test(arg));
  const command = expression[carried + 1];
  const writes =
    expression.includes("-delete") ||
    (carried >= 0 && !(command !== undefined && lookers.has(basename(command))));
  const roots = args.slice(0, first < 0 ? undefined : first).filter((arg) => arg !== undefined);
  return { places: [], folders: writes ? (roots.length > 0 ? roots : [""]) : [] };
}

function split(args: readonly (string | undefined)[], valued: readonly string[]): Arguments {
  const options = new Map<string, string[]>();
  const rest: string[] = [];
  const note = (option: string, value: string) =>
    options.set(option, [...(options.get(option) ?? []), value]);
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index];
    if (arg === undefined) continue;
    if (arg === "--") {
      rest.push(...args.slice(index + 1).filter((one) => one !== undefined));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      rest.push(arg);
      continue;
    }
    const equals = arg.startsWith("--") ? arg.indexOf("=") : -1;
    const glued = valued.find((option) => option.length === 2 && arg.length > 2 && arg.startsWith(option));
    if (equals > 0) note(arg.slice(0, equals), arg.slice(equals + 1));
    else if (valued.includes(arg)) note(arg, args[++index] ?? "");
    else if (glued) note(glued, arg.slice(2));
    else {
      note(arg, "");
      // A bundle such as -xzf: its last letter may take a value.
      const last = `-${arg.at(-1)}`;
      if (!arg.startsWith("--") && arg.length > 2 && valued.includes(last)) note(last, args[++index] ?? "");
    }
  }
  return { options, rest };
}
