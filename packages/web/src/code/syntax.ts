/**
 * Colours for code, by four kinds of tokens. Pure, synchronous and rough on purpose: a diff shows pieces of files, of which no
 * grammar knows the beginning. What is not known is plain text.
 */

export type TokenKind = "key" | "string" | "number" | "comment";

export interface Token {
  from: number;
  to: number;
  kind: TokenKind;
}

/** What a line begins within: the end of a comment or string that an earlier line began. */
export type SyntaxState = { close: string; kind: TokenKind } | undefined;

export interface Syntax {
  line: readonly string[];
  /** Begin and end of what may go over lines. */
  block: readonly (readonly [open: string, close: string, kind: TokenKind])[];
  quotes: string;
  words: ReadonlySet<string>;
  /** At a line's beginning: what names something. */
  name?: RegExp;
  /** A string before a colon names something. */
  namesInQuotes?: boolean;
  /** `<tag` is a keyword. */
  tags?: boolean;
  anyCase?: boolean;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));
const c = [["/*", "*/", "comment"]] as const;

const script: Syntax = {
  line: ["//"],
  block: [...c, ["`", "`", "string"]],
  quotes: "\"'",
  words: words(
    "abstract any as asserts async await bigint boolean break case catch class const constructor continue debugger declare default delete do else enum export extends false finally for from function get if implements import in infer instanceof interface is keyof let namespace never new null number object of override private protected public readonly return satisfies set static string super switch symbol this throw true try type typeof undefined unique unknown using var void while with yield",
  ),
};

const families: readonly (readonly [extensions: string, syntax: Syntax])[] = [
  ["ts tsx mts cts js jsx mjs cjs", script],
  [
    "py pyi",
    {
      line: ["#"],
      block: [
        ['"""', '"""', "string"],
        ["'''", "'''", "string"],
      ],
      quotes: "\"'",
      words: words(
        "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda match case nonlocal not or pass raise return self try while with yield int str float bool list dict tuple set bytes",
      ),
    },
  ],
  [
    "go",
    {
      line: ["//"],
      block: [...c, ["`", "`", "string"]],
      quotes: "\"'",
      words: words(
        "any bool break byte case chan complex128 const continue default defer else error fallthrough false float32 float64 for func go goto if import int int16 int32 int64 int8 interface iota map nil package range return rune select string struct switch true type uint uint16 uint32 uint64 uint8 uintptr var",
      ),
    },
  ],
  [
    "rs",
    {
      line: ["//"],
      block: c,
      quotes: "\"'",
      words: words(
        "as async await bool break char const continue crate dyn else enum extern f32 f64 false fn for i128 i16 i32 i64 i8 if impl in isize let loop match mod move mut pub ref return self Self static str String struct super trait true type u128 u16 u32 u64 u8 unsafe use usize where while",
      ),
    },
  ],
  [
    "java kt kts scala c h cc cpp cxx hpp hh cs swift dart m mm php proto groovy gradle zig",
    {
      line: ["//"],
      block: [...c, ['"""', '"""', "string"]],
      quotes: "\"'",
      words: words(
        "abstract actor as async auto await base bool boolean break byte case catch char class companion const constexpr continue data def default defer delegate delete do double else enum except explicit export extends extension extern false final finally float fn for foreach friend fun func function goto guard if implements import in inline inout instanceof int interface internal is it lateinit let lock long message mut namespace native new nil noexcept null nullptr object open operator optional out override package private protected protocol pub public readonly record ref repeated required return sealed self short signed sizeof static string struct super switch synchronized template this throw throws trait true try type typealias typedef typename union unsafe unsigned use using val var virtual void volatile when where while yield",
      ),
    },
  ],
  [
    "rb ex exs cr",
    {
      line: ["#"],
      block: [],
      quotes: "\"'`",
      words: words(
        "alias and begin break case class def defmodule defp do else elsif end ensure extend false fn for if in include module next nil not or private protected public raise redo require require_relative rescue retry return self super then true undef unless until use when while yield",
      ),
    },
  ],
  [
    "sh bash zsh fish dockerfile makefile mk",
    {
      line: ["#"],
      block: [],
      quotes: "\"'",
      words: words(
        "break case continue do done elif else esac exit export fi for function if in local readonly return set shift source then trap unset until while ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL RUN SHELL USER VOLUME WORKDIR AS",
      ),
    },
  ],
  [
    "sql",
    {
      line: ["--"],
      block: c,
      quotes: "\"'",
      anyCase: true,
      words: words(
        "add all alter and as asc begin between bigint boolean by cascade case char check column commit constraint create cross date default delete desc distinct drop else end exists foreign from full function grant group having if in index inner insert int integer into is join json jsonb key left like limit materialized not null numeric on or order outer primary procedure references returning revoke right rollback select serial set table text then timestamp timestamptz to transaction trigger true false union unique update using uuid values varchar view when where with",
      ),
    },
  ],
  [
    "json jsonc json5 webmanifest",
    { line: ["//"], block: c, quotes: '"', namesInQuotes: true, words: words("true false null") },
  ],
  [
    "yaml yml toml ini cfg conf properties env editorconfig",
    {
      line: ["#", ";"],
      block: [['"""', '"""', "string"]],
      quotes: "\"'",
      name: /^\s*(?:- +)*(?:\[[^\]]+\]|[\w.$/@-]+(?=\s*[:=](?:\s|$)))/,
      words: words("true false null yes no on off"),
    },
  ],
  [
    "css scss sass less",
    {
      line: [],
      block: c,
      quotes: "\"'",
      name: /^\s*(?:@[\w-]+|--[\w-]+(?=\s*:)|[a-z-]+(?=\s*:\s))/,
      words: words("important"),
    },
  ],
  [
    "html htm xml svg vue svelte astro",
    {
      line: [],
      block: [["<!--", "-->", "comment"]],
      quotes: "\"'",
      tags: true,
      words: words("const let function return import export from if else true false null"),
    },
  ],
];

const byExtension = new Map(
  families.flatMap(([extensions, syntax]) =>
    extensions.split(" ").map((extension) => [extension, syntax] as const),
  ),
);

/** By the file's name; undefined for what stays plain. */
export function syntaxOf(path: string): Syntax | undefined {
  const name = (path.split("/").at(-1) ?? "").toLowerCase();
  const extension = name.includes(".") ? (name.split(".").at(-1) ?? "") : name;
  return byExtension.get(extension) ?? (name.startsWith(".env") ? byExtension.get("env") : undefined);
}

/** Longer lines are nobody's to read. */
const longestLine = 2_000;

const wordPattern = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const numberPattern = /(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)\w*/y;

/** A line's tokens, in their order, and what the next line begins within. */
export function tokensOf(
  syntax: Syntax,
  text: string,
  state: SyntaxState,
): { tokens: Token[]; state: SyntaxState } {
  const tokens: Token[] = [];
  if (text.length > longestLine) return { tokens, state: undefined };
  let at = 0;
  const push = (to: number, kind: TokenKind) => {
    if (to > at) tokens.push({ from: at, to, kind });
    at = to;
  };
  if (state) {
    const end = endOf(text, state.close, 0, state.kind);
    if (end === -1) {
      push(text.length, state.kind);
      return { tokens, state };
    }
    push(end, state.kind);
  } else if (syntax.name) {
    const found = syntax.name.exec(text)?.[0];
    if (found) {
      at = found.length - found.trimStart().length;
      push(found.length, "key");
    }
  }
  scan: while (at < text.length) {
    for (const begin of syntax.line)
      if (text.startsWith(begin, at) && (begin !== ";" || at === 0)) {
        push(text.length, "comment");
        break scan;
      }
    for (const [open, close, kind] of syntax.block)
      if (text.startsWith(open, at)) {
        const end = endOf(text, close, at + open.length, kind);
        if (end === -1) {
          push(text.length, kind);
          return { tokens, state: { close, kind } };
        }
        push(end, kind);
        continue scan;
      }
    const char = text[at] ?? "";
    if (syntax.quotes.includes(char)) {
      const end = endOf(text, char, at + 1, "string");
      // An apostrophe is no string.
      if (end !== -1) {
        const names = syntax.namesInQuotes === true && /^\s*:/.test(text.slice(end));
        push(end, names ? "key" : "string");
        continue;
      }
    }
    if (syntax.tags && char === "<") {
      const tag = /^<\/?[\w:.-]+/.exec(text.slice(at))?.[0];
      if (tag) {
        push(at + tag.length, "key");
        continue;
      }
    }
    wordPattern.lastIndex = at;
    const word = wordPattern.exec(text)?.[0];
    if (word) {
      const isMember = text[at - 1] === "." && text[at - 2] !== ".";
      if (!isMember && syntax.words.has(syntax.anyCase ? word.toLowerCase() : word))
        push(at + word.length, "key");
      else at += word.length;
      continue;
    }
    numberPattern.lastIndex = at;
    const number = numberPattern.exec(text)?.[0];
    if (number) push(at + number.length, "number");
    else at += 1;
  }
  return { tokens, state: undefined };
}

/** Where something closes, after its end; -1 when it does not in this line. A backslash in a string holds back the next sign. */
function endOf(text: string, close: string, from: number, kind: TokenKind): number {
  if (kind === "comment") {
    const end = text.indexOf(close, from);
    return end === -1 ? -1 : end + close.length;
  }
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text.startsWith(close, at)) return at + close.length;
  }
  return -1;
}

/** The keyword next to keyword runs as one token, so that less is drawn. */
export function joined(tokens: readonly Token[]): Token[] {
  const all: Token[] = [];
  for (const token of tokens) {
    const last = all.at(-1);
    if (last && last.kind === token.kind && token.from - last.to <= 1) last.to = token.to;
    else all.push({ ...token });
  }
  return all;
}
