/**
 * One-line programs in other languages. A text filter cannot follow a program: only calls that hand a plain literal to a
 * shell or start a program with literal words are read. Everything else that an interpreter does is out of reach.
 */
import { unescaped } from "./printed.ts";

interface Interpreter {
  /** Options whose value is a program. */
  code: RegExp;
}

const interpreters: Readonly<Record<string, Interpreter>> = {
  python: { code: /^-[A-Za-z]*c$/ },
  perl: { code: /^-[A-Za-z0-9]*[eE]$/ },
  ruby: { code: /^-[A-Za-z]*e$/ },
  node: { code: /^(-[a-z]*[ep]|--eval|--print)$/ },
  bun: { code: /^(-e|--eval|-p|--print)$/ },
  deno: { code: /^eval$/ },
  php: { code: /^-[rBRE]$/ },
  lua: { code: /^-e$/ },
  osascript: { code: /^-e$/ },
  awk: { code: /^$/ },
};

const names: Readonly<Record<string, string>> = {
  nodejs: "node",
  gawk: "awk",
  mawk: "awk",
  nawk: "awk",
  luajit: "lua",
  pypy: "python",
  tsx: "node",
};

export function interpreterOf(program: string): Interpreter | undefined {
  const name = names[program] ?? program.replace(/^(python|perl|ruby|php|lua|pypy)[\d.]+$/, "$1");
  const found = names[name] ?? name;
  return Object.hasOwn(interpreters, found) ? interpreters[found] : undefined;
}

/** What a program starts: a line for a shell, or the words of a command. */
export type Started = { line: string } | { words: readonly string[] };

const starters =
  /(?:\b(?:system|popen\d?|getoutput|getstatusoutput|check_output|check_call|call|run|Popen|spawn\w*|exec\w*|spawnSync|execSync|execFile|execFileSync|shell_exec|passthru|proc_open|execute|create_subprocess_shell|create_subprocess_exec|capture\w*|pipeline)|do shell script|\bqx|\$)\s*(?:\(\s*)?(?=["'`[]|[rbu]["'])/g;

export function startedBy(code: string): Started[] {
  const found: Started[] = [];
  for (const match of code.matchAll(starters)) {
    const started = argumentsAt(code, match.index + match[0].length);
    if (started) found.push(started);
    if (found.length > 50) break;
  }
  for (const match of code.matchAll(/(?:%x[{(|[]([^})|\]]*)[})|\]]|qx[{(|/]([^})|/]*)[})|/]|`([^`$]*)`)/g))
    found.push({ line: match[1] ?? match[2] ?? match[3] ?? "" });
  return found;
}

function argumentsAt(code: string, at: number): Started | undefined {
  if (code[at] === "[") {
    const list = listAt(code, at);
    return list && { words: list.items };
  }
  const first = stringAt(code, at);
  if (!first) return undefined;
  const after = /^\s*,\s*/.exec(code.slice(first.end, first.end + 40));
  if (after) {
    const next = first.end + after[0].length;
    if (code[next] === "[") {
      const list = listAt(code, next);
      if (list) return { words: [first.text, ...list.items] };
    }
    const words = [first.text];
    for (let from = next; ; ) {
      const string = stringAt(code, from);
      if (!string) break;
      words.push(string.text);
      const comma = /^\s*,\s*/.exec(code.slice(string.end, string.end + 40));
      if (!comma) {
        from = string.end;
        break;
      }
      from = string.end + comma[0].length;
    }
    if (words.length > 1) return { words };
  }
  return { line: first.text };
}

function listAt(code: string, at: number): { items: string[]; end: number } | undefined {
  const items: string[] = [];
  for (let from = at + 1; from < code.length; ) {
    const gap = /^[\s,]*/.exec(code.slice(from, from + 100))?.[0].length ?? 0;
    from += gap;
    if (code[from] === "]") return { items, end: from + 1 };
    const string = stringAt(code, from);
    if (!string) return items.length > 0 ? { items, end: from } : undefined;
    items.push(string.text);
    from = string.end;
  }
  return items.length > 0 ? { items, end: code.length } : undefined;
}

function stringAt(code: string, start: number): { text: string; end: number } | undefined {
  const at = /[rbuf]/.test(code[start] ?? "") ? start + 1 : start;
  const sign = code[at];
  if (sign !== '"' && sign !== "'" && sign !== "`") return undefined;
  const fence = code.startsWith(sign.repeat(3), at) ? sign.repeat(3) : sign;
  for (let to = at + fence.length; to < code.length; to += 1) {
    if (code[to] === "\\") to += 1;
    else if (code.startsWith(fence, to))
      return { text: unescaped(code.slice(at + fence.length, to)), end: to + fence.length };
  }
  return undefined;
}
