/** What a word becomes when the shell expands it: alternatives, each of them the words that it makes. */
import {
  type CommandExpansionPart,
  forEachChild,
  type ParsedScript,
  parse,
  type SyntaxNode,
  type Word,
  type WordPart,
} from "unbash";
import { expandBraces } from "./expand-braces.ts";
import { expandParameter, valuesOf } from "./expand-parameter.ts";
import { alternativesLimit, cloneState, type ShellState } from "./shell-state.ts";
import { anything, anyWords, fileNames, plain, type Text } from "./unknown.ts";
import type { Frame, Walk } from "./walk.ts";

/** A piece of a word; `cut` stands between the words that `"$@"` makes. */
type Piece = { text: Text; splits: boolean; quoted: boolean } | "cut";
type Pieces = readonly Piece[];

const literal = (text: Text): Piece => ({ text, splits: false, quoted: false });
const quoted = (text: Text): Piece => ({ text, splits: false, quoted: true });
const unquoted = (text: Text): Piece => ({ text, splits: true, quoted: false });

export interface Expander {
  /** The words that one word becomes, in each alternative. */
  fields(word: Word): readonly (readonly Text[])[];
  /** The text that a word becomes where the shell does not split it: in assignments, redirections, here-documents. */
  texts(word: Word): readonly Text[];
  /** The text of parts that stand in quotes, such as a here-document's. */
  quotedTexts(parts: readonly WordPart[]): readonly Text[];
  /** Carries out what is computed anywhere below a node. */
  substitutions(node: SyntaxNode): void;
}

const textLimit = 20_000;

export function expander(walk: Walk, state: ShellState, frame: Frame): Expander {
  function substitutions(node: SyntaxNode): void {
    if (isSubstitution(node)) output(node);
    else if (node.type === "ProcessSubstitution") processPath(node.operator, node.script);
    else if (node.type === "Word" && !node.parts) return;
    else forEachChild(node, substitutions);
  }

  function output(part: { script: ParsedScript | undefined }): Text {
    if (!part.script) return "";
    return walk.script(part.script, cloneState(state), frame).replace(/\n+$/, "");
  }

  function processPath(operator: "<" | ">", script: ParsedScript | undefined): Text {
    const path = walk.nextDescriptor();
    if (!script) return path;
    const stdin = operator === ">" ? anything : undefined;
    const printed = walk.script(script, cloneState(state), { ...frame, stdin });
    state.files.set(path, operator === "<" ? printed : anything);
    return path;
  }

  function piecesOf(part: WordPart): readonly Pieces[] {
    switch (part.type) {
      case "Literal":
        return [[literal(part.value)]];
      case "SingleQuoted":
      case "AnsiCQuoted":
        return [[quoted(part.value)]];
      case "Glob":
        if (part.parts) for (const child of part.parts) substitutions(child);
        return [[literal(fileNames)]];
      case "ExtendedGlob":
        for (const child of part.parts ?? []) substitutions(child);
        return [[literal(fileNames)]];
      case "DoubleQuoted":
      case "LocaleString":
        return inQuotes(part.parts);
      case "SimpleExpansion":
      case "ParameterExpansion":
        return parameter(part, false);
      case "CommandExpansion":
        return [[unquoted(output(part))]];
      case "ArithmeticExpansion":
        forEachChild(part, substitutions);
        return [[literal(plain)]];
      case "ProcessSubstitution":
        return [[quoted(processPath(part.operator, part.script))]];
      case "BraceExpansion":
        return [[literal(part.text)]];
    }
  }

  function inQuotes(parts: readonly WordPart[]): readonly Pieces[] {
    if (parts.length === 0) return [[quoted("")]];
    return product(
      parts.map((part): readonly Pieces[] => {
        switch (part.type) {
          case "SimpleExpansion":
          case "ParameterExpansion":
            return parameter(part, true);
          case "CommandExpansion":
            return [[quoted(output(part))]];
          case "ArithmeticExpansion":
            forEachChild(part, substitutions);
            return [[quoted(plain)]];
          case "Literal":
            return [[quoted(part.value)]];
          default:
            return piecesOf(part).map((pieces) =>
              pieces.map((piece) => (piece === "cut" ? piece : quoted(piece.text))),
            );
        }
      }),
    );
  }

  function parameter(
    part: Extract<WordPart, { type: "SimpleExpansion" | "ParameterExpansion" }>,
    isQuoted: boolean,
  ): readonly Pieces[] {
    const found = expandParameter(part, { walk, state, texts });
    const one = found.each ? quoted : (text: Text) => quoted(text.replaceAll(anyWords, anything));
    const made = isQuoted ? one : unquoted;
    return found.values.map((value) => {
      if (!found.each) return [made(value.join(" "))];
      return value.flatMap((text, index): Piece[] => (index > 0 ? ["cut", made(text)] : [made(text)]));
    });
  }

  function product(lists: readonly (readonly Pieces[])[]): readonly Pieces[] {
    let all: readonly Pieces[] = [[]];
    for (const list of lists) {
      all = all.flatMap((pieces) => list.map((next) => [...pieces, ...next]));
      if (all.length > alternativesLimit) all = [[{ text: anyWords, splits: true, quoted: false }]];
    }
    return all;
  }

  function alternatives(word: Word): readonly Pieces[] {
    const tilde = /^~(\/|$)/.test(word.text) || /^~[a-z_]/.test(word.text);
    const all = word.parts ? product(word.parts.map(piecesOf)) : [[wholeWord(word)]];
    const bare = word.parts === undefined && word.text === word.value;
    const [first] = word.parts ?? [];
    const spelled =
      bare ||
      !first ||
      ["Literal", "SingleQuoted", "AnsiCQuoted", "DoubleQuoted", "LocaleString"].includes(first.type);
    if (!spelled) return all;
    return all.map((pieces) => {
      const [start, ...rest] = pieces;
      if (!start || start === "cut" || !start.text.startsWith("~")) return pieces;
      if (!tilde)
        return first && isExpansionFirst(first) ? pieces : [{ ...start, text: `./${start.text}` }, ...rest];
      const text = /^~(\/|$)/.test(start.text) ? walk.home + start.text.slice(1) : start.text;
      return [{ ...start, text }, ...rest];
    });
  }

  function fields(word: Word): readonly (readonly Text[])[] {
    if (!word.parts) return alternatives(word).map(assembled);
    if (hasBraces(word.parts)) {
      const sources = expandBraces(word.text);
      if (!sources) return [[anyWords]];
      if (sources.length > 1 || sources[0] !== word.text) return spread(sources);
    }
    return alternatives(word).map(assembled);
  }

  /** The words of braces, which the shell makes before anything else. */
  function spread(sources: readonly string[]): readonly (readonly Text[])[] {
    const [statement] = parse(`: ${sources.filter((source) => source !== "").join(" ")}`).commands;
    const command = statement?.command;
    if (command?.type !== "Command") return [[anyWords]];
    let all: readonly (readonly Text[])[] = [[]];
    for (const arg of command.args) {
      const next = arg.type === "Word" ? alternatives(arg).map(assembled) : [[arg.text]];
      all = all.flatMap((one) => next.map((two) => [...one, ...two]));
      if (all.length > alternativesLimit) return [[anyWords]];
    }
    return all;
  }

  function assembled(pieces: Pieces): readonly Text[] {
    const splitting = ifs(state);
    const words: Text[] = [];
    let current: Text | undefined;
    const end = () => {
      if (current !== undefined) words.push(bounded(current));
      current = undefined;
    };
    for (const piece of pieces) {
      if (piece === "cut") end();
      else if (!piece.splits) {
        if (piece.quoted || piece.text !== "") current = (current ?? "") + piece.text;
      } else {
        const text = piece.text.replaceAll(anything, anyWords).replace(/[*?]|\[[^\]]*\]/g, fileNames);
        let at = 0;
        for (const part of splitting === "" ? [text] : text.split(splitPattern(splitting))) {
          if (at > 0) end();
          if (part !== "") current = (current ?? "") + part;
          at += 1;
        }
      }
    }
    end();
    return words;
  }

  function texts(word: Word): readonly Text[] {
    return [
      ...new Set(
        alternatives(word).map((pieces) =>
          bounded(
            pieces
              .map((piece) => (piece === "cut" ? " " : piece.text))
              .join("")
              .replaceAll(anyWords, anything),
          ),
        ),
      ),
    ];
  }

  function quotedTexts(parts: readonly WordPart[]): readonly Text[] {
    return inQuotes(parts).map((pieces) =>
      bounded(pieces.map((piece) => (piece === "cut" ? " " : piece.text)).join("")),
    );
  }

  return { fields, texts, quotedTexts, substitutions };
}

const wholeWord = (word: Word): Piece => (word.value === "" ? quoted("") : literal(word.value));

const isExpansionFirst = (part: WordPart): boolean =>
  (part.type === "DoubleQuoted" || part.type === "LocaleString") &&
  part.parts[0] !== undefined &&
  part.parts[0].type !== "Literal";

const isSubstitution = (
  node: SyntaxNode,
): node is CommandExpansionPart | Extract<SyntaxNode, { type: "ArithmeticCommandExpansion" }> =>
  node.type === "CommandExpansion" || node.type === "ArithmeticCommandExpansion";

const hasBraces = (parts: readonly WordPart[]): boolean =>
  parts.some(({ type }) => type === "BraceExpansion");

const bounded = (text: Text): Text => (text.length > textLimit ? text.slice(0, textLimit) + anything : text);

/** The signs at which the shell splits words. */
function ifs(state: ShellState): string {
  const [value] = valuesOf(state, "IFS") ?? [];
  return value?.[0] ?? " \t\n";
}

const splitPattern = (signs: string): RegExp =>
  signs === " \t\n" ? /[ \t\n]+/ : new RegExp(`[${signs.replace(/[\\\]^-]/g, "\\$&")}]+`);
