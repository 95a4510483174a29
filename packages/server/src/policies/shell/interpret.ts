/** Walks a parsed line the way a shell would, and both ways wherever the shell would choose. */
import {
  type CaseItem,
  type CommandNode,
  type CompoundList,
  forEachChild,
  type ParsedScript,
  type Script,
  type Statement,
  type SyntaxNode,
  type Word,
} from "unbash";
import { expander } from "./expand-word.ts";
import { redirect, runCommand } from "./run-command.ts";
import { cloneState, joinState, type ShellState, sameState } from "./shell-state.ts";
import { anything, anyWords, type Text } from "./unknown.ts";
import type { Frame, Walk } from "./walk.ts";

/** How often a loop is read before what it changes counts as unknown. */
const rounds = 4;
const wordsLimit = 24;
const nodeCost = 0.05;

export interface Interpreter {
  script(script: Script | ParsedScript, state: ShellState, frame: Frame): Text;
  node(node: SyntaxNode, state: ShellState, frame: Frame): Text;
}

export function interpreter(walk: Walk): Interpreter {
  function script(parsed: Script | ParsedScript, state: ShellState, frame: Frame): Text {
    const [error] = "errors" in parsed ? (parsed.errors ?? []) : [];
    if (error) walk.doubt(`it cannot be read as a command line (${error.message})`, "");
    return statements(parsed.commands, state, frame);
  }

  function statements(all: readonly Statement[], state: ShellState, frame: Frame): Text {
    let printed = "";
    for (const statement of all) {
      const into = statement.background ? cloneState(state) : state;
      printed += node(statement.command, into, frame);
    }
    return printed.length > 20_000 ? anything : printed;
  }

  const list = (body: CompoundList, state: ShellState, frame: Frame): Text =>
    statements(body.commands, state, frame);

  function node(one: SyntaxNode, state: ShellState, frame: Frame): Text {
    if (!walk.spend(nodeCost)) return "";
    switch (one.type) {
      case "Command":
        return runCommand(walk, one, state, frame);
      case "Statement":
        return statements([one], state, frame);
      case "CompoundList":
        return list(one, state, frame);
      case "Pipeline":
        return pipeline(one.commands, state, frame);
      case "AndOr":
        return andOr(one.commands, one.operators, state, frame);
      case "Redirected": {
        const opened = redirect(one.redirects, state, frame, expander(walk, state, frame));
        if (opened.redirections.length > 0)
          walk.emit([], state, { ...frame, redirections: opened.redirections });
        return opened.print(node(one.command, state, { ...frame, stdin: opened.stdin ?? frame.stdin }));
      }
      case "Subshell":
        return list(one.body, cloneState(state), frame);
      case "BraceGroup":
        return list(one.body, state, frame);
      case "Coproc":
        return node(one.body, cloneState(state), { ...frame, stdin: anything });
      case "Function":
        state.functions.set(one.name.value, { body: one.body, certain: true });
        return "";
      case "If": {
        list(one.clause, state, frame);
        const branches = [one.then, ...one.elif.map(({ then }) => then), ...(one.else ? [one.else] : [])];
        for (const { clause } of one.elif) list(clause, state, frame);
        return choices(branches, !one.else, state, frame);
      }
      case "Case": {
        expander(walk, state, frame).texts(one.word);
        return cases(one.items, state, frame);
      }
      case "For":
      case "Select":
        return each(one.name.value, one.wordlist, one.body, one.type === "For", state, frame);
      case "While":
        return loop(() => list(one.clause, state, frame) + list(one.body, state, frame), state);
      case "ArithmeticFor":
        forEachChild(one, (child) => {
          if (child.type !== "CompoundList") node(child, state, frame);
        });
        return loop(() => list(one.body, state, frame), state);
      case "TestCommand":
      case "ArithmeticCommand":
        expander(walk, state, frame).substitutions(one);
        return "";
      case "Script":
        return statements(one.commands, state, frame);
      default:
        expander(walk, state, frame).substitutions(one);
        return anything;
    }
  }

  function pipeline(stages: readonly CommandNode[], state: ShellState, frame: Frame): Text {
    let stdin = frame.stdin;
    let last = state;
    for (const [index, stage] of stages.entries()) {
      last = stages.length > 1 ? cloneState(state) : state;
      stdin = node(stage, last, { ...frame, stdin: index === 0 ? frame.stdin : stdin });
      // What a stage writes is there for those after it.
      if (last !== state) for (const [path, text] of last.files) state.files.set(path, text);
    }
    // Some shells carry the last stage out themselves, others in a shell of its own.
    if (last !== state) joinState(state, last);
    return stdin ?? "";
  }

  function andOr(
    parts: readonly SyntaxNode[],
    operators: readonly string[],
    state: ShellState,
    frame: Frame,
  ): Text {
    let printed = "";
    for (const [index, part] of parts.entries()) {
      const previous = parts[index - 1];
      if (index === 0 || (operators[index - 1] === "&&" && previous && succeeds(previous))) {
        const before = succeeds(part) ? cloneState(state) : undefined;
        printed += node(part, state, frame);
        // What comes after `cd x ||` is carried out where the shell was before.
        if (before && operators[index] === "||") {
          const next = parts[index + 1];
          if (next && next.type === "Command" && leaves.has(next.name?.value ?? "")) continue;
          joinState(state, before);
        }
        continue;
      }
      if (operators[index - 1] === "||" && part.type === "Command" && leaves.has(part.name?.value ?? "")) {
        node(part, cloneState(state), frame);
        continue;
      }
      const branch = cloneState(state);
      const more = node(part, branch, frame);
      joinState(state, branch);
      printed = more === "" && printed === "" ? "" : anything;
    }
    return printed;
  }

  /** Any of the branches may be taken; none of them, too, when `open`. */
  function choices(branches: readonly CompoundList[], open: boolean, state: ShellState, frame: Frame): Text {
    const before = cloneState(state);
    const printed = new Set<Text>(open ? [""] : []);
    let all: ShellState | undefined = open ? cloneState(before) : undefined;
    for (const branch of branches) {
      const into = cloneState(before);
      printed.add(list(branch, into, frame));
      if (all) joinState(all, into);
      else all = into;
    }
    if (all) Object.assign(state, all);
    const [first = ""] = printed;
    return printed.size === 1 ? first : anything;
  }

  function cases(items: readonly CaseItem[], state: ShellState, frame: Frame): Text {
    const expand = expander(walk, state, frame);
    for (const item of items) for (const pattern of item.pattern) expand.texts(pattern);
    // An item that ends in `;&` goes on with the next one.
    const fallsThrough = items.some(({ terminator }) => terminator === ";&" || terminator === ";;&");
    const printed = choices(
      items.map(({ body }) => body),
      true,
      state,
      frame,
    );
    if (!fallsThrough) return printed;
    for (const { body } of items) list(body, state, frame);
    return anything;
  }

  function each(
    name: string,
    words: readonly Word[] | undefined,
    body: CompoundList,
    certain: boolean,
    state: ShellState,
    frame: Frame,
  ): Text {
    const expand = expander(walk, state, frame);
    const fields = words?.flatMap((word) => {
      const [first = [], ...others] = expand.fields(word);
      return others.length === 0 ? first : [...first, ...others.flat()];
    }) ??
      state.positional?.slice(1) ?? [anyWords];
    const jumps = !certain || leaps(body);
    let printed = "";
    const once = (text: Text) => {
      const before = jumps || text.includes(anyWords) ? cloneState(state) : undefined;
      state.variables.set(name, [[text.replaceAll(anyWords, anything)]]);
      printed += list(body, state, frame);
      if (before) joinState(state, before);
    };
    for (const text of fields.slice(0, wordsLimit)) {
      once(text);
      // It stands for several words: what the first time leaves is there for the second.
      if (text.includes(anyWords)) once(text);
    }
    if (fields.length > wordsLimit) {
      once(anyWords);
      return anything;
    }
    return jumps || fields.some((text) => text.includes(anyWords))
      ? printed === ""
        ? ""
        : anything
      : printed;
  }

  function loop(once: () => Text, state: ShellState): Text {
    let printed = "";
    for (let round = 0; round < rounds; round += 1) {
      const before = cloneState(state);
      printed += once();
      joinState(state, before);
      if (sameState(state, before)) return printed === "" ? "" : anything;
      if (round < rounds - 2) continue;
      for (const [name, values] of state.variables)
        if (before.variables.get(name) !== values) state.variables.set(name, [[anything]]);
      if (state.cwds !== before.cwds) state.cwds = [undefined];
    }
    return anything;
  }

  return { script, node };
}

/** Commands after which the line does not go on. */
const leaves = new Set(["exit", "return", "break", "continue", "die"]);

/** Commands that do what they say: nobody writes a line for the case that `true` fails. */
function succeeds(node: SyntaxNode): boolean {
  if (node.type !== "Command") return false;
  const name = node.name?.value;
  return (
    name === undefined ||
    [
      "cd",
      "pushd",
      "popd",
      "export",
      "alias",
      "set",
      "true",
      ":",
      "echo",
      "printf",
      "shopt",
      "unset",
      "local",
      "declare",
      "readonly",
    ].includes(name)
  );
}

function leaps(node: SyntaxNode): boolean {
  let found = node.type === "Command" && leaves.has(node.name?.value ?? "");
  forEachChild(node, (child) => {
    if (!found && child.type !== "Word") found = leaps(child);
  });
  return found;
}
