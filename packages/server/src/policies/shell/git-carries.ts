/** Code for a shell that a git call carries: aliases that begin with `!`, editors, pagers, `rebase --exec`, … */
import { type GitSetting, gitWords } from "./git-words.ts";
import type { ShellWord } from "./unknown.ts";

const codeSettings =
  /^(core\.(sshcommand|editor|pager|askpass|fsmonitor|gitproxy)|sequence\.editor|diff\.external|pager\..*|(diff|merge|difftool|mergetool|browser|man)\..*\.(command|cmd|textconv|driver)|gpg\.(.*\.)?program|credential\.(.*\.)?helper|filter\..*\.(clean|smudge|process)|uploadpack\.packobjectshook|remote\..*\.(uploadpack|receivepack)|trailer\..*\.(command|cmd)|interactive\.difffilter)$/;

const codeVariables = [
  "GIT_SSH_COMMAND",
  "GIT_SSH",
  "GIT_EDITOR",
  "GIT_SEQUENCE_EDITOR",
  "GIT_PAGER",
  "GIT_EXTERNAL_DIFF",
  "GIT_ASKPASS",
  "GIT_PROXY_COMMAND",
];

/** Options of verbs whose value is code. */
const codeOptions: Readonly<Record<string, RegExp>> = {
  rebase: /^(-x|--exec)$/,
  "filter-branch": /^--(env|tree|index|parent|msg|commit|tag-name)-filter$/,
  difftool: /^(-x|--extcmd)$/,
  push: /^(--receive-pack|--exec)$/,
  fetch: /^--upload-pack$/,
  clone: /^(-u|--upload-pack)$/,
  pull: /^--upload-pack$/,
  "ls-remote": /^--(upload-pack|exec)$/,
  grep: /^(-O|--open-files-in-pager)$/,
};

/** Pieces of code, with words that come after each as `$1`, `$2`, … */
export interface CarriedCode {
  code: ShellWord;
  args: readonly ShellWord[];
  by: string;
}

export function gitCarries(
  words: readonly ShellWord[],
  env: Readonly<Record<string, ShellWord>>,
): CarriedCode[] {
  const { settings, verb, args } = gitWords(words, env);
  const found: CarriedCode[] = [];
  const add = (code: ShellWord | undefined, by: string) => {
    if (code && code.text !== "") found.push({ code, args: [], by });
  };
  for (const { key, value } of settings) {
    if (!codeSettings.test(key) || /^(true|false)$/.test(value.text)) continue;
    if (/^credential\.(.*\.)?helper$/.test(key)) {
      if (value.text.startsWith("!")) add({ ...value, text: value.text.slice(1) }, key);
    } else add(value, key);
  }
  for (const name of codeVariables) add(env[name], name);
  const option = verb && Object.hasOwn(codeOptions, verb.text) ? codeOptions[verb.text] : undefined;
  for (const [index, arg] of args.entries()) {
    if (!option) break;
    const equals = arg.text.indexOf("=");
    if (option.test(arg.text)) add(args[index + 1], `git ${verb?.text}`);
    else if (equals > 0 && option.test(arg.text.slice(0, equals)))
      add({ ...arg, text: arg.text.slice(equals + 1) }, `git ${verb?.text}`);
  }
  if (verb?.text === "rebase")
    for (const arg of args) if (/^-x./.test(arg.text)) add({ ...arg, text: arg.text.slice(2) }, "git rebase");
  if (verb?.text === "submodule") {
    const at = args.findIndex(({ text }) => text === "foreach");
    const rest =
      at < 0 ? [] : args.slice(at + 1).filter(({ text }) => !/^(--recursive|-q|--quiet)$/.test(text));
    if (rest.length > 0) add(joinedWords(rest), "git submodule");
  }
  return found;
}

/** The words of a command that git carries as it stands: `git bisect run make`. */
export function gitCarriesWords(verb: string | undefined, args: readonly ShellWord[]): readonly ShellWord[] {
  return verb === "bisect" && args[0]?.text === "run" ? args.slice(1) : [];
}

const joinedWords = (words: readonly ShellWord[]): ShellWord => ({
  text: words.map(({ text }) => text).join(" "),
  exact: words.every(({ exact }) => exact),
});

/** What the settings of a call make of a verb that git does not have. */
export function gitAlias(settings: readonly GitSetting[], verb: string): ShellWord | undefined {
  return settings.findLast(
    ({ key }) =>
      key.toLowerCase() === `alias.${verb.toLowerCase()}` ||
      key.toLowerCase() === `alias.${verb.toLowerCase()}.command`,
  )?.value;
}
