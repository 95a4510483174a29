/** Braces in the source text of a word: `a{b,c}` is two words, `{1..3}` is three. */

const wordsLimit = 64;

/** The source texts that the shell makes of one; undefined when they are too many. Text in quotes is left alone. */
export function expandBraces(source: string): string[] | undefined {
  const group = firstGroup(source);
  if (!group) return [source];
  const tails = expandBraces(source.slice(group.end));
  const heads = group.choices.flatMap((choice) => expandBraces(choice) ?? [undefined]);
  if (!tails || heads.includes(undefined) || heads.length * tails.length > wordsLimit) return undefined;
  const start = source.slice(0, group.start);
  return heads.flatMap((head) => tails.map((tail) => start + head + tail));
}

interface Group {
  start: number;
  end: number;
  choices: string[];
}

function firstGroup(source: string): Group | undefined {
  for (let at = 0; at < source.length; at += 1) {
    const next = afterQuoted(source, at);
    if (next > at) at = next - 1;
    else if (source[at] === "{") {
      const group = groupAt(source, at);
      if (group) return group;
    }
  }
  return undefined;
}

function groupAt(source: string, start: number): Group | undefined {
  const choices: string[] = [];
  let from = start + 1;
  let depth = 1;
  for (let at = from; at < source.length; at += 1) {
    const next = afterQuoted(source, at);
    if (next > at) {
      at = next - 1;
      continue;
    }
    const sign = source[at];
    if (sign === "{") depth += 1;
    else if (sign === "," && depth === 1) {
      choices.push(source.slice(from, at));
      from = at + 1;
    } else if (sign === "}") {
      depth -= 1;
      if (depth > 0) continue;
      const last = source.slice(from, at);
      if (choices.length > 0) return { start, end: at + 1, choices: [...choices, last] };
      const range = sequence(last);
      return range && { start, end: at + 1, choices: range };
    }
  }
  return undefined;
}

function sequence(text: string): string[] | undefined {
  const found = /^(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.(-?\d+))?$/.exec(text);
  if (!found) return undefined;
  const [, first = "", last = "", by = "1"] = found;
  const letters = /[A-Za-z]/.test(first);
  if (letters !== /[A-Za-z]/.test(last)) return undefined;
  const from = letters ? first.charCodeAt(0) : Number(first);
  const to = letters ? last.charCodeAt(0) : Number(last);
  const step = Math.max(1, Math.abs(Number(by)));
  const count = Math.floor(Math.abs(to - from) / step) + 1;
  if (!Number.isFinite(count) || count > wordsLimit) return undefined;
  const width = /^-?0\d/.test(first) || /^-?0\d/.test(last) ? Math.max(first.length, last.length) : 0;
  return Array.from({ length: count }, (_, index) => {
    const value = from + (to < from ? -1 : 1) * step * index;
    return letters ? String.fromCharCode(value) : String(value).padStart(width, "0");
  });
}

/** Where a quoted or computed part that begins at `at` ends; `at` itself when none does. */
function afterQuoted(source: string, at: number): number {
  const sign = source[at];
  if (sign === "\\") return at + 2;
  if (sign === "'") return closing(source, at + 1, "'", source[at - 1] === "$");
  if (sign === '"' || sign === "`") return closing(source, at + 1, sign, true);
  if (sign === "$" && source[at + 1] === "{") return balanced(source, at + 1, "{", "}");
  if (sign === "$" && source[at + 1] === "(") return balanced(source, at + 1, "(", ")");
  return at;
}

function closing(source: string, from: number, sign: string, escapes: boolean): number {
  for (let at = from; at < source.length; at += 1) {
    if (escapes && source[at] === "\\") at += 1;
    else if (source[at] === sign) return at + 1;
  }
  return source.length;
}

function balanced(source: string, from: number, opens: string, closes: string): number {
  let depth = 0;
  for (let at = from; at < source.length; at += 1) {
    if (source[at] === "\\") at += 1;
    else if (source[at] === opens) depth += 1;
    else if (source[at] === closes) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return source.length;
}
