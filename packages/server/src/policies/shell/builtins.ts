/** Commands that change the shell itself. To add one: a row. */
import { resolvePath } from "./paths.ts";
import { printed } from "./printed.ts";
import { alternativesLimit, type ShellState, type Value } from "./shell-state.ts";
import { anything, isKnown, type Text } from "./unknown.ts";
import { type Frame, inside, type Walk } from "./walk.ts";

interface Call {
  walk: Walk;
  args: readonly Text[];
  state: ShellState;
  frame: Frame;
}

type Builtin = (call: Call) => void;

const changeFolder: Builtin = ({ walk, args, state }) => {
  const target = args.find((arg) => !/^-[LPe@qn]+$|^--$/.test(arg)) ?? walk.home;
  state.cwds =
    isKnown(target) && target !== "-" && !target.startsWith("+") && !state.variables.has("CDPATH")
      ? state.cwds.map((cwd) => resolvePath(target === "" ? "." : target, cwd))
      : [undefined];
};

const assignment = /^([A-Za-z_]\w*)(\+)?=([\s\S]*)$/;

const declare: Builtin = ({ walk, args, state }) => {
  const exports = args[0] !== undefined && /^-[a-z]*x/.test(args[0]);
  for (const arg of args) {
    if (arg.startsWith("-")) continue;
    const [, name, append, value = ""] = assignment.exec(arg) ?? [];
    if (name !== undefined)
      state.variables.set(
        name,
        append ? (state.variables.get(name) ?? [[anything]]).map(([old = ""]) => [old + value]) : [[value]],
      );
    else if (!isKnown(arg)) walk.doubt("which variables are set is known only when the command runs", arg);
    if (exports) state.exported.add(name ?? arg);
  }
};

const read: Builtin = ({ args, state, frame }) => {
  const names: Text[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (/^-[a-zA-Z]*[dinNptu]$/.test(arg)) at += 1;
    else if (/^-[a-zA-Z]*a$/.test(arg)) {
      state.variables.set(args[++at] ?? "", [[anything]]);
      return;
    } else if (!arg.startsWith("-")) names.push(arg.replace(/\?.*$/, ""));
  }
  if (names.length === 0) names.push("REPLY");
  const lines =
    frame.stdin !== undefined && isKnown(frame.stdin)
      ? frame.stdin.replace(/\n$/, "").split("\n")
      : undefined;
  const known = lines !== undefined && lines.length <= alternativesLimit;
  for (const [index, name] of names.entries()) {
    const values = lines?.map((line): Value => {
      const words = line.trim().split(/[ \t]+/);
      return [index === names.length - 1 ? words.slice(index).join(" ") : (words[index] ?? "")];
    });
    state.variables.set(name, known && values ? values : [[anything]]);
  }
};

const readArray: Builtin = ({ args, state, frame }) => {
  const name = args.filter((arg) => !arg.startsWith("-")).at(-1) ?? "MAPFILE";
  const lines =
    frame.stdin !== undefined && isKnown(frame.stdin)
      ? frame.stdin.replace(/\n$/, "").split("\n")
      : [anything];
  state.variables.set(name, [lines]);
};

export const builtins: Readonly<Record<string, Builtin>> = {
  cd: changeFolder,
  pushd: changeFolder,
  chdir: changeFolder,
  popd: ({ state }) => {
    state.cwds = [undefined];
  },
  export: (call) => {
    if (call.args[0] === "-n" || call.args[0] === "-f" || call.args[0] === "-p") return;
    declare({ ...call, args: ["-x", ...call.args] });
  },
  declare,
  typeset: declare,
  local: declare,
  readonly: declare,
  unset: ({ args, state }) => {
    for (const name of args) {
      if (args[0] === "-f") state.functions.delete(name);
      else if (!name.startsWith("-")) state.variables.set(name.replace(/\[.*$/, ""), [[""]]);
    }
  },
  set: ({ args, state }) => {
    const dashes = args.indexOf("--");
    if (dashes >= 0) state.positional = [state.positional?.[0] ?? "sh", ...args.slice(dashes + 1)];
    else if (args[0] !== undefined && !/^[-+]/.test(args[0]))
      state.positional = [state.positional?.[0] ?? "sh", ...args];
  },
  shift: ({ args, state }) => {
    const by = args[0] === undefined ? 1 : Number(args[0]);
    if (!state.positional) return;
    state.positional = Number.isInteger(by)
      ? [state.positional[0] ?? "sh", ...state.positional.slice(1 + by)]
      : undefined;
  },
  alias: ({ args, state }) => {
    for (const arg of args) {
      const equals = arg.indexOf("=");
      if (equals > 0) state.aliases.set(arg.slice(0, equals), arg.slice(equals + 1));
    }
  },
  unalias: ({ args, state }) => {
    for (const name of args) state.aliases.delete(name);
  },
  trap: ({ walk, args, state, frame }) => {
    const [code] = args[0] === "--" ? args.slice(1) : args;
    if (code !== undefined && code !== "-" && !/^-[lp]$/.test(code))
      walk.later(code, state, inside(frame, "trap"));
  },
  read,
  mapfile: readArray,
  readarray: readArray,
  getopts: ({ args, state }) => {
    state.variables.set(args[1] ?? "", [[anything]]);
    state.variables.set("OPTARG", [[anything]]);
  },
  printf: ({ args, state, frame }) => {
    if (args[0] === "-v")
      state.variables.set(args[1] ?? "", [[printed("printf", args.slice(2), frame.stdin, state)]]);
  },
  let: ({ args, state }) => {
    for (const arg of args) state.variables.set(/^\w*/.exec(arg)?.[0] ?? "", [[anything]]);
  },
};
