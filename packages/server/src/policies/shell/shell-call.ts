/** The arguments of a shell: which code it is given, and where. */
import { hidesCode, isKnown, type Text } from "./unknown.ts";

export interface ShellCall {
  /** The text after `-c`. */
  code: Text | undefined;
  /** Words after the options; the first is a script when there is no `code`. */
  rest: readonly Text[];
  /** `-s`: the code is what the shell is fed. */
  stdin: boolean;
  /** Further code: files of start-up options have none; fish's `-C` has. */
  also: readonly Text[];
  /** An option is computed. */
  unclear: boolean;
}

const valuedLong = new Set([
  "--rcfile",
  "--init-file",
  "--init-command",
  "--command",
  "--features",
  "--debug-level",
]);

export function shellCall(args: readonly Text[]): ShellCall {
  let wantsCode = false;
  let stdin = false;
  let unclear = false;
  let code: Text | undefined;
  const also: Text[] = [];
  let at = 0;
  for (; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (arg === "--" || arg === "-") {
      at += 1;
      break;
    }
    if (!isKnown(arg) && hidesCode(arg) && /^[-+\uE000\uE003]/.test(arg)) {
      unclear = true;
      continue;
    }
    if (arg.startsWith("--")) {
      const [name = "", value] = arg.split(/=(.*)/s);
      const given = value ?? (valuedLong.has(name) ? args[++at] : undefined);
      if (name === "--command") code = given;
      if (name === "--init-command" && given !== undefined) also.push(given);
      continue;
    }
    if (!/^[-+]./.test(arg)) break;
    const letters = arg.slice(1);
    if (arg.startsWith("-") && letters.includes("c")) wantsCode = true;
    if (arg.startsWith("-") && letters.includes("s")) stdin = true;
    if (/[oO]$/.test(letters)) at += 1;
    if (arg === "-C" && args[at + 1] !== undefined) also.push(args[++at] ?? "");
  }
  const rest = args.slice(at);
  if (wantsCode && code === undefined)
    return { code: rest[0] ?? "", rest: rest.slice(1), stdin, also, unclear };
  return { code, rest, stdin, also, unclear };
}
