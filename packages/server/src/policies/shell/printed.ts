/** What well-known programs print, as far as it can be told without running them. */
import { filePlace } from "./paths.ts";
import type { ShellState } from "./shell-state.ts";
import { anything, fileNames, isKnown, plain, type Text } from "./unknown.ts";

type Prints = (args: readonly Text[], stdin: Text | undefined, state: ShellState) => Text;

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  e: "\x1b",
  E: "\x1b",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

export const unescaped = (text: Text): Text =>
  text.replace(
    /\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|0?([0-7]{1,3})|([\s\S]))/g,
    (whole, hex, short, long, octal, sign) => {
      const code = hex ?? short ?? long;
      if (code !== undefined) return character(Number.parseInt(code, 16));
      if (octal !== undefined) return character(Number.parseInt(octal, 8) & 255);
      return escapes[sign] ?? whole;
    },
  );

const character = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : "");

const echo: Prints = (args) => {
  let at = 0;
  let interprets = false;
  let newline = "\n";
  for (; /^-[neE]+$/.test(args[at] ?? ""); at += 1) {
    const flags = args[at] ?? "";
    if (flags.includes("n")) newline = "";
    if (flags.includes("e")) interprets = true;
  }
  const text = args.slice(at).join(" ");
  if (interprets) return unescaped(text) + newline;
  // Some shells understand escapes without being asked: both are said.
  const other = text.includes("\\") ? unescaped(text) : text;
  return (other === text ? text : `${text}\n${other}`) + newline;
};

const printf: Prints = (args) => {
  const rest = args[0] === "--" ? args.slice(1) : args;
  const [format = "", ...values] = rest[0] === "-v" ? rest.slice(2) : rest;
  const pattern = unescaped(format);
  if (!/%[^%]/.test(pattern)) return pattern.replaceAll("%%", "%");
  let printed = "";
  let next = 0;
  for (let round = 0; round < 100; round += 1) {
    const before = next;
    printed += pattern.replace(
      /%([-+ #0]*)(\*|\d*)(?:\.(?:\*|\d+))?([a-zA-Z%])/g,
      (_, flags, width, verb) => {
        if (verb === "%") return "%";
        const value = values[next++] ?? "";
        if (width !== "" || flags !== "")
          return isKnown(value) && verb === "s" && /^\d*$/.test(width) && flags === ""
            ? value.padStart(Number(width))
            : anything;
        if (verb === "b") return unescaped(value);
        if (verb === "c") return value.slice(0, 1);
        if (verb === "q") return isKnown(value) && /^[\w@%+=:,./-]+$/.test(value) ? value : anything;
        return verb === "s" || verb === "d" || verb === "i" ? value : anything;
      },
    );
    if (next >= values.length || next === before) break;
  }
  return printed;
};

const files = (args: readonly Text[]): readonly Text[] =>
  args.filter((arg) => !arg.startsWith("-") || arg === "-");

const cat: Prints = (args, stdin, state) => {
  const names = files(args);
  if (names.length === 0) return stdin ?? anything;
  return names
    .map((name) => (name === "-" ? (stdin ?? anything) : (fileText(name, state) ?? anything)))
    .join("");
};

export function fileText(name: Text, state: ShellState): Text | undefined {
  if (name === "/dev/stdin" || state.files.size === 0) return undefined;
  for (const cwd of state.cwds) {
    const text = state.files.get(filePlace(name, cwd));
    if (text !== undefined) return text;
  }
  return undefined;
}

const decoded =
  (encoding: "base64" | "hex"): Prints =>
  (args, stdin, state) => {
    const decodes =
      encoding === "base64"
        ? args.some((arg) => /^(-[a-zA-Z]*[dD]|--decode)$/.test(arg))
        : args.some((arg) => /^-[a-z]*r/.test(arg)) && args.some((arg) => /^-[a-z]*p/.test(arg));
    if (!decodes) return anything;
    const names = files(args);
    const text = names.length === 0 ? stdin : fileText(names[0] ?? "", state);
    if (text === undefined || !isKnown(text)) return anything;
    return Buffer.from(text.replace(/\s+/g, ""), encoding).toString("utf8");
  };

/** A filter changes known text in a way that is not worked out, and leaves a listing of files a listing. */
const filter = (args: readonly Text[], stdin: Text | undefined): Text =>
  stdin?.includes(fileNames) && args.every((arg) => !/^--files0-from|^-o/.test(arg)) && isListing(stdin)
    ? stdin.replace(/\uE002+/g, fileNames + fileNames)
    : anything;

const isListing = (text: Text): boolean => !/[\uE000\uE003]/.test(text);

const find: Prints = (args) => {
  const end = args.findIndex((arg) => /^[-(!]/.test(arg));
  if (args.some((arg) => /^-(printf|fprint|exec|execdir|ok|okdir|delete)/.test(arg))) return anything;
  return `${found(args.slice(0, end < 0 ? undefined : end), args).join("\n")}\n`;
};

const narrows =
  /^-(i?name|i?path|i?regex|i?wholename|newer\w*|[acm]min|[acm]time|size|empty|perm|user|links|inum|maxdepth)$/;

/** What find hands on: two stars when a test leaves some out. */
export function found(roots: readonly Text[], args: readonly Text[]): Text[] {
  const narrow = args.some((arg, index) => narrows.test(arg) && args[index + 1] !== "*");
  const names = narrow ? fileNames + fileNames : fileNames;
  return (roots.length === 0 ? ["."] : roots).map((root) => `${root.replace(/\/+$/, "")}/${names}`);
}

/** Some of what is listed. */
const some = `./${fileNames}${fileNames}\n`;

const tr: Prints = (args, stdin) => {
  const [from, to, ...others] = args;
  if (stdin === undefined || !isKnown(stdin) || from === undefined || others.length > 0) return anything;
  if (from === "-d" && to !== undefined) {
    const signs = signsOf(to);
    return signs === undefined ? anything : [...stdin].filter((sign) => !signs.includes(sign)).join("");
  }
  const one = signsOf(from);
  const two = signsOf(to ?? "");
  if (one === undefined || !two || from.startsWith("-")) return anything;
  return [...stdin]
    .map((sign) => {
      const at = one.lastIndexOf(sign);
      return at < 0 ? sign : (two[at] ?? two.at(-1) ?? sign);
    })
    .join("");
};

/** The signs of a set such as `a-zA-Z`; undefined for classes. */
function signsOf(set: Text): string[] | undefined {
  if (!isKnown(set) || /\[[:=]/.test(set)) return undefined;
  const all = [...unescaped(set)];
  const signs: string[] = [];
  for (let at = 0; at < all.length; at += 1) {
    const first = all[at] ?? "";
    const last = all[at + 2];
    if (all[at + 1] === "-" && last !== undefined) {
      for (let code = first.charCodeAt(0); code <= last.charCodeAt(0) && signs.length < 300; code += 1)
        signs.push(String.fromCharCode(code));
      at += 2;
    } else signs.push(first);
  }
  return signs;
}

const git: Prints = (args) => {
  const words = args.join(" ");
  if (
    /^(branch --show-current|rev-parse --abbrev-ref HEAD|symbolic-ref (-q )?--short (-q )?HEAD)$/.test(words)
  )
    return "HEAD\n";
  if (/^rev-parse (--short(=\d+)? |--verify )?(HEAD|@)[~^\d]*$/.test(words)) return `${plain}\n`;
  if (/^rev-parse --show-toplevel$/.test(words)) return `.\n`;
  if (args[0] === "ls-files" || (args[0] === "diff" && args.includes("--name-only")))
    return `./${fileNames}\n`;
  return anything;
};

/** To add a program: a row. Others print something unknown. */
const printers: Readonly<Record<string, Prints>> = {
  echo,
  print: echo,
  printf,
  cat,
  tac: filter,
  tee: (_, stdin) => stdin ?? anything,
  base64: decoded("base64"),
  xxd: decoded("hex"),
  rev: (_, stdin) =>
    stdin === undefined || !isKnown(stdin)
      ? anything
      : stdin
          .split("\n")
          .map((line) => [...line].reverse().join(""))
          .join("\n"),
  tr,
  find,
  fd: () => some,
  ls: () => `${fileNames}\n`,
  grep: (args, stdin) => (args.some((arg) => /^-[a-zA-Z]*[lL]/.test(arg)) ? some : filter(args, stdin)),
  rg: (args, stdin) => (args.some((arg) => /^(-[a-zA-Z]*l|--files)/.test(arg)) ? some : filter(args, stdin)),
  sort: filter,
  uniq: filter,
  head: filter,
  tail: filter,
  mktemp: (args) =>
    args.every((arg) => /^(-d|-q|-u|--directory)$/.test(arg)) ? `/tmp/tmp.${plain}\n` : anything,
  pwd: (_, __, state) => `${state.cwds.length === 1 ? (state.cwds[0] ?? anything) : anything}\n`,
  true: () => "",
  ":": () => "",
  false: () => "",
  cd: () => "",
  export: () => "",
  set: () => "",
  date: () => plain,
  nproc: () => plain,
  whoami: () => plain,
  id: () => plain,
  uname: () => plain,
  hostname: () => plain,
  wc: () => plain,
  seq: () => plain,
  git,
  dirname: (args) => {
    const [path = ""] = args;
    if (!isKnown(path)) return anything;
    const at = path.replace(/\/+$/, "").lastIndexOf("/");
    return `${at < 0 ? "." : at === 0 ? "/" : path.slice(0, at)}\n`;
  },
  basename: (args) => {
    const [path = "", suffix = ""] = args;
    if (!isKnown(path)) return anything;
    const name = path.replace(/\/+$/, "").split("/").at(-1) ?? "";
    return `${name.endsWith(suffix) ? name.slice(0, name.length - suffix.length) : name}\n`;
  },
};

export function printed(
  program: string,
  args: readonly Text[],
  stdin: Text | undefined,
  state: ShellState,
): Text {
  return Object.hasOwn(printers, program) ? (printers[program]?.(args, stdin, state) ?? anything) : anything;
}
