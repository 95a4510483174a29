/** Takes layer after layer off a command that is made of words, until what is carried out in the end stands there. */
import { builtins } from "./builtins.ts";
import { carriers, shells } from "./carriers.ts";
import { gitAlias, gitCarries, gitCarriesWords } from "./git-carries.ts";
import { gitVerbs } from "./git-verbs.ts";
import { gitWords } from "./git-words.ts";
import { interpreterOf, startedBy } from "./interpreters.ts";
import { basename, resolvePath } from "./paths.ts";
import { peelCarrier } from "./peel-carrier.ts";
import { fileText, found, printed } from "./printed.ts";
import { shellCall } from "./shell-call.ts";
import { cloneState, type ShellState } from "./shell-state.ts";
import { anything, anyWords, hidesCode, isKnown, type ShellWord, type Text, wordOf } from "./unknown.ts";
import { type Frame, inside, type Walk } from "./walk.ts";

const depthLimit = 16;
const hiddenProgram = "which program is run is known only when the command runs";
const hiddenCode = "a shell is given code that is known only when the command runs";

type Carry = (args: readonly Text[], state: ShellState, frame: Frame, name: string) => Text;

export function carrier(walk: Walk): Walk["carry"] {
  function carry(words: readonly Text[], state: ShellState, frame: Frame): Text {
    const [program, ...args] = words;
    if (program === undefined) return "";
    if (frame.depth > depthLimit) {
      walk.doubt("it has more layers than are read", program);
      return anything;
    }
    const name = basename(program);
    if (program.includes(anyWords) || !isKnown(name) || name === "")
      return unknownProgram(words, state, frame);
    if (!frame.direct) {
      const alias = state.aliases.get(program);
      if (alias !== undefined) throughAlias(program, alias, args, state, frame);
      const made = state.functions.get(program);
      if (made) {
        const said = call(program, args, state, frame);
        if (made.certain) return said;
      }
    }
    return known(name, program, args, state, frame);
  }

  function unknownProgram(words: readonly Text[], state: ShellState, frame: Frame): Text {
    const [program = "", ...args] = words;
    if (program !== "") walk.doubt(hiddenProgram, words.join(" "));
    // It may turn out to be nothing at all, or something that carries the rest: `$SUDO rm x`.
    if (args.length > 0 && !(args[0] ?? "").startsWith("-")) carry(args, state, inside(frame, "unknown"));
    else walk.emit(words, state, frame);
    return anything;
  }

  function throughAlias(
    name: string,
    alias: Text,
    args: readonly Text[],
    state: ShellState,
    frame: Frame,
  ): void {
    const before = state.positional;
    state.aliases.delete(name);
    state.positional = [name, ...args];
    code(`${alias} "$@"`, state, inside(frame, "alias", { depth: frame.depth + 1 }));
    state.positional = before;
    state.aliases.set(name, alias);
  }

  function call(name: string, args: readonly Text[], state: ShellState, frame: Frame): Text {
    const made = state.functions.get(name);
    const by = `${name}()`;
    if (!made) return "";
    if (frame.via.filter((one) => one === by).length > 1) {
      walk.doubt("a function calls itself, and nobody knows when it ends", name);
      return anything;
    }
    if (frame.redirections.length > 0) walk.emit([], state, frame);
    const before = state.positional;
    state.positional = [before?.[0] ?? "sh", ...args];
    const said = walk.node(made.body, state, inside(frame, by, { depth: frame.depth + 1 }));
    state.positional = before;
    return said;
  }

  /** Reads code, and says so when parts of it are computed. */
  function code(text: Text, state: ShellState, frame: Frame): Text {
    if (hidesCode(text)) walk.doubt(hiddenCode, text);
    return walk.code(text, state, frame);
  }

  function known(name: string, program: Text, args: readonly Text[], state: ShellState, frame: Frame): Text {
    const special = Object.hasOwn(specials, name) ? specials[name] : undefined;
    if (special) return special(args, state, frame, name);
    const file = program.includes("/") ? fileText(program, state) : undefined;
    if (file !== undefined) return script(file, [program, ...args], state, frame);
    if (shells.has(name)) return shell(args, state, frame, name);
    const row = Object.hasOwn(carriers, name) ? carriers[name] : undefined;
    if (row) return carried(name, program, args, state, frame);
    if (interpreterOf(name)) interpreted(name, args, state, frame);
    if (name === "git" || name === "hub" || name.startsWith("git-"))
      return git(name, program, args, state, frame);
    walk.emit([program, ...args], state, frame);
    if (Object.hasOwn(builtins, name)) builtins[name]?.({ walk, args, state, frame });
    noteCopies(name, args, state, frame);
    return printed(name, args, frame.stdin, state);
  }

  /** A script that the line itself wrote. */
  function script(text: Text, words: readonly Text[], state: ShellState, frame: Frame): Text {
    const by = basename(words[0] ?? "");
    const started = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(text);
    const interpreter = basename(started?.[1] ?? "sh");
    const named = interpreter === "env" ? basename(started?.[2] ?? "sh") : interpreter;
    if (!shells.has(named)) {
      walk.emit(words, state, frame);
      for (const one of startedBy(text)) start(one, state, inside(frame, named, { depth: frame.depth + 1 }));
      return anything;
    }
    return child(text, words, state, inside(frame, by));
  }

  /** Code in a shell of its own. */
  function child(text: Text, positional: readonly Text[], state: ShellState, frame: Frame): Text {
    const own = cloneState(state);
    own.positional = positional;
    return code(text, own, { ...frame, depth: frame.depth + 1 });
  }

  const shell: Carry = (args, state, frame, name) => {
    const asked = shellCall(args);
    if (frame.redirections.length > 0) walk.emit([], state, frame);
    const inner = inside(frame, name);
    if (asked.unclear) walk.doubt(hiddenCode, [name, ...args].join(" "));
    for (const text of asked.also) child(text, [name], state, inner);
    if (asked.code !== undefined)
      return child(asked.code, [asked.rest[0] ?? name, ...asked.rest.slice(1)], state, inner);
    const [file, ...rest] = asked.rest;
    if (file !== undefined && file !== "-" && file !== "/dev/stdin" && !asked.stdin) {
      const text = fileText(file, state);
      if (text !== undefined) return child(text, [file, ...rest], state, inner);
      if (!isKnown(file) && hidesCode(file)) walk.doubt(hiddenCode, [name, ...args].join(" "));
      walk.emit([name, ...args], state, { ...frame, redirections: [] });
      return anything;
    }
    if (frame.stdin === undefined) {
      walk.emit([name, ...args], state, { ...frame, redirections: [] });
      return anything;
    }
    return child(frame.stdin, [name, ...asked.rest], state, { ...inner, stdin: undefined });
  };

  function carried(
    name: string,
    program: Text,
    args: readonly Text[],
    state: ShellState,
    frame: Frame,
  ): Text {
    const row = carriers[name];
    const peeled = row && peelCarrier(args, row);
    if (!row || !peeled) {
      walk.emit([program, ...args], state, frame);
      return anything;
    }
    if (peeled.unclear) walk.doubt(hiddenProgram, [name, ...args].join(" "));
    if (row.itself) walk.emit([program, ...args], state, frame);
    else if (frame.redirections.length > 0) walk.emit([], state, frame);
    const env = { ...frame.env };
    for (const [variable, value] of Object.entries(peeled.assignments)) env[variable] = wordOf(value);
    const host = row.remote ? (peeled.positional[0] ?? name) : undefined;
    const inner = inside(frame, name, {
      env,
      elevated: frame.elevated || row.elevates === true,
      remote: host === undefined ? frame.remote : wordOf(host).text,
      depth: frame.depth + 1,
      direct: true,
    });
    const own = elsewhere(state, peeled.folder, host !== undefined, name);
    for (const text of peeled.code) child(text, [name], own, { ...inner, direct: false });
    let said: Text = anything;
    let any = peeled.code.length > 0;
    const lone = name === "exec" || name === "command" || name === "builtin" || name === "noglob";
    for (const words of peeled.commands) {
      if (words.length === 0) {
        // A login shell on another machine, or `sudo -s`, reads what it is fed.
        if (
          (row.remote || row.elevates) &&
          frame.stdin !== undefined &&
          peeled.code.length === 0 &&
          (host === undefined ? /^-[a-z]*[si]/.test(args[0] ?? "") || name === "su" : row.carries === "code")
        )
          child(frame.stdin, [name], own, { ...inner, stdin: undefined, direct: false });
        continue;
      }
      any = true;
      said =
        row.carries === "code" && !(name === "watch" && /^-[a-z]*x|^--exec$/.test(args[0] ?? ""))
          ? child(words.join(" "), [name], own, { ...inner, direct: false })
          : carry(words, lone ? state : own, inner);
    }
    if (!any && !row.itself) walk.emit([program, ...args], state, { ...frame, redirections: [] });
    return row.remote ? anything : said;
  }

  /** The state of a shell that the line starts in another folder or on another machine. */
  function elsewhere(state: ShellState, folder: Text | undefined, away: boolean, name: string): ShellState {
    if (!away && folder === undefined) return state;
    const own = cloneState(state);
    if (away) own.cwds = [undefined];
    if (away && name !== "chroot") own.files = new Map();
    if (folder !== undefined)
      own.cwds = isKnown(folder) ? own.cwds.map((cwd) => resolvePath(folder, cwd)) : [undefined];
    return own;
  }

  function interpreted(name: string, args: readonly Text[], state: ShellState, frame: Frame): void {
    const inner = inside(frame, name, { depth: frame.depth + 1, direct: true });
    const module = args.indexOf("-m");
    if (module >= 0 && /^(python|pypy)/.test(name)) carry(args.slice(module + 1), cloneState(state), inner);
    for (const text of programsOf(name, args, state, frame.stdin))
      for (const one of startedBy(text)) start(one, cloneState(state), inner);
  }

  function programsOf(
    name: string,
    args: readonly Text[],
    state: ShellState,
    stdin: Text | undefined,
  ): Text[] {
    const { code: option } = interpreterOf(name) ?? { code: /^$/ };
    if (/awk$/.test(name)) return args.filter((arg) => !arg.startsWith("-")).slice(0, 1);
    const found: Text[] = [];
    for (const [index, arg] of args.entries()) {
      if (option.test(arg)) found.push(args[index + 1] ?? "");
      else if (arg.startsWith("--eval=")) found.push(arg.slice(7));
    }
    const [file] = args.filter((arg) => !arg.startsWith("-") || arg === "-");
    if (found.length === 0 && (file === undefined || file === "-") && stdin !== undefined) found.push(stdin);
    const text = file === undefined ? undefined : fileText(file, state);
    if (found.length === 0 && text !== undefined) found.push(text);
    return found;
  }

  function start(one: ReturnType<typeof startedBy>[number], state: ShellState, frame: Frame): void {
    if ("words" in one) carry(one.words, state, frame);
    else walk.code(one.line, state, { ...frame, direct: false });
  }

  function git(name: string, program: Text, args: readonly Text[], state: ShellState, frame: Frame): Text {
    // `git-push` is `git push`, wherever it lies.
    const words =
      name.startsWith("git-") && gitVerbs.has(name.slice(4))
        ? ["git", name.slice(4), ...args]
        : [program, ...args];
    const shown = words.map(wordOf);
    const env = environment(state, frame);
    const { settings, verb, before } = gitWords(shown, env);
    // What git starts has the same surroundings, and need not be read again in them.
    for (const { code: text, by } of gitCarries(shown, env))
      if (!frame.via.includes(by))
        child(restored(text), [by], state, inside(frame, by, { stdin: undefined }));
    const carriedWords = gitCarriesWords(verb?.text, shown.slice(before.length + 1));
    if (carriedWords.length > 0)
      carry(
        words.slice(-carriedWords.length),
        state,
        inside(frame, "git", { direct: true, depth: frame.depth + 1 }),
      );
    noteGitConfig(verb, words.slice(before.length + 1), state);
    if (verb?.exact && !gitVerbs.has(verb.text)) {
      const own = gitAlias(settings, verb.text);
      const alias = own ? restored(own) : state.gitAliases.get(verb.text);
      if (alias !== undefined) return throughGitAlias(alias, words, before.length, state, frame);
    }
    walk.emit(words, state, frame);
    return printed("git", words.slice(1), frame.stdin, state);
  }

  function throughGitAlias(
    alias: Text,
    words: readonly Text[],
    at: number,
    state: ShellState,
    frame: Frame,
  ): Text {
    const own = cloneState(state);
    const name = words[at] ?? "";
    own.gitAliases.delete(name);
    const inner = inside(frame, "git alias", { depth: frame.depth + 1, redirections: frame.redirections });
    if (frame.via.filter((one) => one === "git alias").length > 4) {
      walk.doubt("a git alias leads to itself", name);
      return anything;
    }
    own.positional = [name, ...words.slice(at + 1)];
    if (alias.startsWith("!")) return code(`${alias.slice(1)} "$@"`, own, inner);
    own.variables.set("__before", [words.slice(0, at)]);
    return code(`"\${__before[@]}" ${alias} "$@"`, own, { ...inner, direct: true });
  }

  function noteGitConfig(verb: ShellWord | undefined, args: readonly Text[], state: ShellState): void {
    if (verb?.text !== "config") return;
    const at = args.findIndex((arg) => /^alias\./i.test(arg));
    const value = args[at + 1];
    if (at >= 0 && value !== undefined) state.gitAliases.set((args[at] ?? "").slice(6), value);
  }

  /** Copies and links of scripts that the line wrote are scripts too. */
  function noteCopies(name: string, args: readonly Text[], state: ShellState, frame: Frame): void {
    if (name === "tee" && frame.stdin !== undefined) {
      for (const file of args.filter((arg) => !arg.startsWith("-"))) noteFile(file, frame.stdin, state);
    } else if (state.files.size > 0 && (name === "cp" || name === "mv" || name === "ln")) {
      const [from = "", to = ""] = args.filter((arg) => !arg.startsWith("-"));
      const text = fileText(from, state);
      if (text !== undefined) noteFile(to, text, state);
    }
  }

  function noteFile(file: Text, text: Text, state: ShellState): void {
    for (const cwd of state.cwds) {
      const path = resolvePath(file, cwd);
      if (path !== undefined) state.files.set(path, text);
    }
  }

  const joinedCode: Carry = (args, state, frame, name) => {
    if (frame.redirections.length > 0) walk.emit([], state, frame);
    const words = args[0] === "--" ? args.slice(1) : args;
    return code(words.join(" "), state, inside(frame, name, { depth: frame.depth + 1 }));
  };

  const source: Carry = (args, state, frame, name) => {
    const [file = "", ...rest] = args;
    const text = file === "/dev/stdin" ? frame.stdin : fileText(file, state);
    if (text === undefined) {
      walk.emit([name, ...args], state, frame);
      return anything;
    }
    if (rest.length > 0) state.positional = [state.positional?.[0] ?? "sh", ...rest];
    return code(text, state, inside(frame, name, { depth: frame.depth + 1 }));
  };

  const xargs: Carry = (args, state, frame) => {
    const valued = "EILPdansR";
    let replace: Text | undefined;
    let fromFile = false;
    let at = 0;
    for (; at < args.length && (args[at] ?? "").startsWith("-"); at += 1) {
      const arg = args[at] ?? "";
      if (arg === "--") {
        at += 1;
        break;
      }
      const [option, glued] = arg.startsWith("--")
        ? arg.split(/=(.*)/s)
        : [arg.slice(0, 2), arg.slice(2) || undefined];
      const takes = arg.startsWith("--")
        ? /^--(max-args|max-procs|max-lines|delimiter|arg-file|replace|max-chars|eof)$/.test(option ?? "") &&
          option !== "--replace"
        : valued.includes(option?.[1] ?? " ");
      if (option === "-a" || option === "--arg-file") fromFile = true;
      if (option === "-i" || option === "--replace") replace = glued ?? "{}";
      const value = takes ? (glued ?? args[++at]) : glued;
      if (option === "-I" || option === "-J") replace = value ?? "{}";
      // A bundle such as `-0n`: its last letter may take the next word.
      if (!takes && !arg.startsWith("--") && arg.length > 2 && valued.includes(arg.at(-1) ?? " ")) {
        const next = args[++at];
        if (arg.endsWith("I")) replace = next ?? "{}";
      }
    }
    const command = args.slice(at);
    const stdin = fromFile ? anything : (frame.stdin ?? anything);
    const listed = hidesCode(stdin)
      ? undefined
      : stdin
          .trim()
          .split(replace === undefined ? /[\s\0]+/ : /[\n\0]+/)
          .filter((item) => item !== "");
    const items = (listed ?? [anyWords]).slice(0, 200);
    const inner = inside(frame, "xargs", { stdin: undefined, depth: frame.depth + 1, direct: true });
    if (frame.redirections.length > 0) walk.emit([], state, frame);
    if (command.length === 0) return anything;
    const mark = replace;
    if (mark === undefined || mark === "") return carry([...command, ...items], cloneState(state), inner);
    for (const item of items.slice(0, 20))
      carry(
        command.map((word) => word.replaceAll(mark, () => item.replaceAll(anyWords, anything))),
        cloneState(state),
        inner,
      );
    return anything;
  };

  const find: Carry = (args, state, frame, name) => {
    walk.emit([name, ...args], state, frame);
    const first = args.findIndex((arg) => /^[-(!]/.test(arg) && !/^-([HLP]|O\d)$/.test(arg));
    const roots = args.slice(0, first < 0 ? undefined : first).filter((arg) => !/^-/.test(arg));
    const places = found(roots, args);
    for (let at = 0; at < args.length; at += 1) {
      if (!/^-(exec|execdir|ok|okdir)$/.test(args[at] ?? "")) continue;
      const end = args.findIndex(
        (arg, index) => index > at && (arg === ";" || (arg === "+" && args[index - 1] === "{}")),
      );
      const command = args.slice(at + 1, end < 0 ? undefined : end);
      const inner = inside(frame, name, { depth: frame.depth + 1, direct: true });
      const own = cloneState(state);
      const words = command.flatMap((word) =>
        word === "{}" ? places : [word.replaceAll("{}", places[0] ?? "")],
      );
      carry(words, own, inner);
      at = end < 0 ? args.length : end;
    }
    return printed("find", args, frame.stdin, state);
  };

  const parallel: Carry = (args, state, frame) => {
    const at = args.findIndex((arg) => /^::::?\+?$/.test(arg));
    const before = at < 0 ? args : args.slice(0, at);
    const row = {
      valued: "jPNnLdaSIE",
      flags: "kuXmqv0t",
      valuedLong: [
        "--jobs",
        "--colsep",
        "--delay",
        "--timeout",
        "--retries",
        "--joblog",
        "--sshlogin",
        "--arg-file",
      ],
      flagsLong: [
        "--bar",
        "--progress",
        "--dry-run",
        "--keep-order",
        "--halt",
        "--verbose",
        "--will-cite",
        "--line-buffer",
        "--ungroup",
        "--pipe",
      ],
    };
    const given =
      at < 0 || args[at] === "::::" ? undefined : args.slice(at + 1).filter((arg) => arg !== ":::");
    const stdin = frame.stdin ?? anything;
    const items = given ?? (hidesCode(stdin) ? [anything] : stdin.trim().split("\n"));
    const inner = inside(frame, "parallel", { stdin: undefined, depth: frame.depth + 1 });
    if (frame.redirections.length > 0) walk.emit([], state, frame);
    for (const words of peelCarrier(before, row)?.commands ?? []) {
      if (words.length === 0) for (const item of items.slice(0, 20)) child(item, ["sh"], state, inner);
      for (const item of words.length === 0 ? [] : items.slice(0, 20)) {
        const template = words.join(" ");
        // A computed argument is quoted; a template without a place for it has it at its end.
        const place = hidesCode(item) ? `'${item}'` : item;
        const marked = /\{[.\d/#%=]*\}/;
        const text = marked.test(template)
          ? template.replaceAll(/\{[.\d/#%=]*\}/g, () => place)
          : `${template} ${place}`;
        walk.code(text, cloneState(state), inner);
      }
    }
    return anything;
  };

  const envSplit: Carry = (args, state, frame, name) => {
    // `env -S 'a b' c`: the value is split into words that stand in its place.
    const at = args.findIndex((arg) => /^(-[a-zA-Z0-9]*S|--split-string)/.test(arg));
    const plainOptions = args
      .slice(0, Math.max(0, at))
      .every((arg) => arg.startsWith("-") || arg.includes("="));
    if (at < 0 || !plainOptions) return carried(name, name, args, state, frame);
    const arg = args[at] ?? "";
    const glued = arg.startsWith("--") ? arg.split(/=(.*)/s)[1] : arg.slice(arg.indexOf("S") + 1);
    const value = glued === undefined || glued === "" ? (args[at + 1] ?? "") : glued;
    const rest = args.slice(at + (glued === undefined || glued === "" ? 2 : 1));
    const bundled = /^-([a-zA-Z0-9]+)S/.exec(arg)?.[1];
    const own = cloneState(state);
    own.variables.set("__before", [[...args.slice(0, at), ...(bundled ? [`-${bundled}`] : [])]]);
    own.variables.set("__rest", [rest]);
    return code(
      `env "\${__before[@]}" ${value} "\${__rest[@]}"`,
      own,
      inside(frame, name, { depth: frame.depth + 1, redirections: frame.redirections, direct: true }),
    );
  };

  const command: Carry = (args, state, frame, name) => {
    if (!/^-[a-zA-Z]*[vV]/.test(args[0] ?? "")) return carried(name, name, args, state, frame);
    walk.emit([name, ...args], state, frame);
    return anything;
  };

  const nothing: Carry = (args, state, frame, name) => {
    walk.emit([name, ...args], state, frame);
    return "";
  };

  const at: Carry = (args, state, frame, name) => {
    walk.emit([name, ...args], state, frame);
    if (frame.stdin !== undefined)
      child(frame.stdin, ["sh"], state, inside(frame, name, { stdin: undefined }));
    return "";
  };

  const eachCode: Carry = (args, state, frame, name) => {
    walk.emit([name, ...args], state, frame);
    for (const arg of args)
      if (arg.includes(" ")) child(arg, [name], state, inside(frame, name, { stdin: undefined }));
    return anything;
  };

  const specials: Readonly<Record<string, Carry>> = {
    eval: joinedCode,
    source,
    ".": source,
    xargs,
    gxargs: xargs,
    find,
    gfind: find,
    parallel,
    env: envSplit,
    command,
    test: nothing,
    "[": nothing,
    at,
    batch: at,
    concurrently: eachCode,
    "npm-run-all": eachCode,
  };

  return carry;
}

/** Assignments that are in force for a command. */
export function environment(state: ShellState, frame: Frame): Readonly<Record<string, ShellWord>> {
  if (state.variables.size === 0) return frame.env;
  const env: Record<string, ShellWord> = {};
  for (const [name, values] of state.variables)
    if (state.exported.has(name) || name.startsWith("GIT_")) {
      const [value] = values;
      env[name] = wordOf(values.length === 1 && value ? (value[0] ?? "") : anything);
    }
  return { ...env, ...frame.env };
}

const restored = ({ text, exact }: ShellWord): Text => (exact ? text : text + anything);
