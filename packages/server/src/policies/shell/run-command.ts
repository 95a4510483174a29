/** Carries a simple command of the parsed line out: its assignments, its redirections, its words. */
import type { Assignment, Command, Redirection as RedirectionNode, Word } from "unbash";
import { type Expander, expander } from "./expand-word.ts";
import { filePlace } from "./paths.ts";
import type { Redirection } from "./shell-command.ts";
import { alternativesLimit, type ShellState, type Value } from "./shell-state.ts";
import { anything, anyWords, type ShellWord, type Text, wordOf } from "./unknown.ts";
import type { Frame, Walk } from "./walk.ts";

/** Answers what the command prints. */
export function runCommand(walk: Walk, node: Command, state: ShellState, frame: Frame): Text {
  const expand = expander(walk, state, frame);
  const prefix = node.prefix.filter((part): part is Assignment => part.type === "Assignment");
  if (!node.name) {
    for (const assignment of prefix) assign(assignment, state, expand);
    const opened = redirect(node.redirects, state, frame, expand);
    if (opened.redirections.length > 0) walk.emit([], state, { ...frame, redirections: opened.redirections });
    return "";
  }
  const env: Record<string, ShellWord> = { ...frame.env };
  for (const one of prefix) {
    const value = assignedBy(one, state, expand).map(([text = ""]) => text);
    env[one.name] = wordOf(
      value.length === 1 ? (value[0] ?? "") : value.includes(anything) ? anything : oneOf(value),
    );
  }
  const lines = alternativesOf(node, state, expand);
  const opened = redirect(node.redirects, state, frame, expand);
  const inner: Frame = {
    ...frame,
    env,
    stdin: opened.stdin ?? frame.stdin,
    redirections: opened.redirections,
  };
  const printed = new Set(lines.map((words) => carryOnce(walk, words, state, inner)));
  const [first = ""] = printed;
  return opened.print(printed.size === 1 ? first : anything);
}

/** Alternatives of one text as a text: what they begin with together is known. */
function oneOf(texts: readonly Text[]): Text {
  const [first = "", ...others] = texts;
  let length = 0;
  while (length < first.length && others.every((text) => text[length] === first[length])) length += 1;
  return first.slice(0, length) + anything;
}

function carryOnce(walk: Walk, words: readonly Text[], state: ShellState, frame: Frame): Text {
  if (words.length > 0) return walk.carry(words, state, frame);
  if (frame.redirections.length > 0) walk.emit([], state, frame);
  return "";
}

const declares = new Set(["export", "declare", "typeset", "local", "readonly"]);

/** The words of the command, in each alternative. */
function alternativesOf(node: Command, state: ShellState, expand: Expander): readonly (readonly Text[])[] {
  const lists: (readonly (readonly Text[])[])[] = [];
  const name = node.name?.value ?? "";
  for (const part of [...(node.name ? [node.name] : []), ...node.args]) {
    if (part.type === "Word") lists.push(expand.fields(part));
    else if (declares.has(name)) {
      assign(part, state, expand);
      lists.push([[part.name]]);
    } else
      lists.push(
        assignedBy(part, state, expand).map((value) => [
          `${part.name}${part.append ? "+" : ""}=${value.join(" ")}`,
        ]),
      );
  }
  let all: Text[][] = [[]];
  for (const list of lists) {
    const next = list.length * all.length > alternativesLimit ? [[anyWords]] : list;
    const [only] = next;
    if (next.length === 1 && only) for (const words of all) for (const text of only) words.push(text);
    else all = all.flatMap((words) => next.map((more) => [...words, ...more]));
  }
  return all;
}

function assignedBy(assignment: Assignment, state: ShellState, expand: Expander): readonly Value[] {
  const { value, append, name } = assignment;
  const given: readonly Value[] =
    value.type === "ArrayValue"
      ? arrayOf(value.elements, expand)
      : expand.texts(value).map((text): Value => [text]);
  if (assignment.index) {
    expand.texts(assignment.index);
    return indexed(assignment.index, state.variables.get(name), given);
  }
  if (!append) return given;
  const before = state.variables.get(name) ?? [[anything]];
  const all = before.flatMap((old) =>
    given.map(
      (more): Value =>
        value.type === "ArrayValue" ? [...old, ...more] : [(old[0] ?? "") + (more[0] ?? ""), ...old.slice(1)],
    ),
  );
  return all.length > alternativesLimit || all.some((one) => one.length > 500) ? [[anything]] : all;
}

function indexed(
  index: Word,
  before: readonly Value[] | undefined,
  given: readonly Value[],
): readonly Value[] {
  const at = Number(index.value);
  const [old = [], ...others] = before ?? [];
  const [[text = ""] = [], ...more] = given;
  if (!Number.isInteger(at) || at < 0 || at > 100 || others.length > 0 || more.length > 0)
    return [[anything]];
  return [
    Array.from({ length: Math.max(old.length, at + 1) }, (_, place) =>
      place === at ? text : (old[place] ?? ""),
    ),
  ];
}

function arrayOf(elements: readonly Word[], expand: Expander): readonly Value[] {
  let all: readonly Value[] = [[]];
  for (const element of elements) {
    const next = expand.fields(element);
    all = all.flatMap((value) => next.map((more) => [...value, ...more]));
    if (all.length > alternativesLimit) return [[anyWords]];
  }
  return all;
}

function assign(assignment: Assignment, state: ShellState, expand: Expander): void {
  state.variables.set(assignment.name, assignedBy(assignment, state, expand));
}

interface Opened {
  redirections: readonly Redirection[];
  stdin: Text | undefined;
  /** Sends what is printed where it goes; answers what is left for the next command. */
  print(text: Text): Text;
}

const writes = new Set([">", ">>", ">|", "&>", "&>>", "<>", ">&"]);

export function redirect(
  nodes: readonly RedirectionNode[],
  state: ShellState,
  frame: Frame,
  expand: Expander,
): Opened {
  const redirections: Redirection[] = [];
  const targets: { path: string; appends: boolean }[] = [];
  let stdin: Text | undefined;
  let goesOn = true;
  for (const node of nodes) {
    if (node.type === "HereDoc") {
      stdin = node.body.parts ? oneText(expand.quotedTexts(node.body.parts)) : node.body.text;
      if (node.operator === "<<-") stdin = stdin.replace(/^\t+/gm, "");
      continue;
    }
    if (!node.target) continue;
    if (node.type === "HereString") {
      stdin = `${oneText(expand.texts(node.target))}\n`;
      continue;
    }
    const descriptor = node.descriptor?.type === "FileDescriptor" ? node.descriptor.value : undefined;
    const texts = expand.fields(node.target).flat();
    if (node.operator === "<" || node.operator === "<&") {
      if (descriptor === undefined || descriptor === 0)
        stdin = node.operator === "<" ? fileAt(texts, state) : (frame.stdin ?? anything);
      continue;
    }
    if (!writes.has(node.operator)) continue;
    const toDescriptor = node.operator === ">&" && /^(\d+-?|-)$/.test(node.target.value);
    if (descriptor === undefined || descriptor === 1) goesOn = false;
    if (toDescriptor) continue;
    for (const text of texts) {
      redirections.push({ operator: node.operator, target: wordOf(text) });
      if (descriptor !== undefined && descriptor !== 1) continue;
      for (const cwd of state.cwds) {
        targets.push({ path: filePlace(text, cwd), appends: node.operator.endsWith(">>") });
      }
    }
  }
  const print = (text: Text): Text => {
    for (const { path, appends } of targets)
      if (!path.startsWith("/dev/"))
        state.files.set(path, appends ? (state.files.get(path) ?? "") + text : text);
    return goesOn ? text : "";
  };
  return { redirections, stdin, print };
}

const oneText = (texts: readonly Text[]): Text => (texts.length === 1 ? (texts[0] ?? "") : anything);

function fileAt(texts: readonly Text[], state: ShellState): Text {
  const [text, ...others] = texts;
  if (text === undefined || others.length > 0) return anything;
  if (text === "/dev/null") return "";
  for (const cwd of state.cwds) {
    const known = state.files.get(filePlace(text, cwd));
    if (known !== undefined) return known;
  }
  return anything;
}
