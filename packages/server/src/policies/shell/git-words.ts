/** The words of a git call taken apart: options that stand before the verb, the verb, and what follows. */
import type { ShellWord } from "./unknown.ts";

/** One setting that a call brings along. A value of which only the beginning is known ends there. */
export interface GitSetting {
  /** In lower case, but for the part between the dots. */
  key: string;
  value: ShellWord;
}

export interface GitWords {
  /** Folders of `-C`, `--git-dir` and `--work-tree`. */
  folders: readonly ShellWord[];
  settings: readonly GitSetting[];
  /** The words before the verb, program included. */
  before: readonly ShellWord[];
  verb: ShellWord | undefined;
  args: readonly ShellWord[];
  /** An option before the verb is computed, or is none that git has. */
  unclear: boolean;
}

const valued = [
  "--git-dir",
  "--work-tree",
  "--namespace",
  "--exec-path",
  "--super-prefix",
  "--config-env",
  "--attr-source",
  "--list-cmds",
];
const needsValue = new Set([
  "--git-dir",
  "--work-tree",
  "--namespace",
  "--super-prefix",
  "--config-env",
  "--attr-source",
]);
const flags =
  `--version --help --html-path --man-path --info-path --paginate --no-pager --no-replace-objects --bare
  --literal-pathspecs --glob-pathspecs --noglob-pathspecs --icase-pathspecs --no-optional-locks --no-lazy-fetch --no-advice`.split(
    /\s+/,
  );

export function gitWords(words: readonly ShellWord[], env: Readonly<Record<string, ShellWord>>): GitWords {
  const folders: ShellWord[] = [];
  const settings: GitSetting[] = environmentSettings(env);
  let unclear = false;
  let at = 1;
  for (; at < words.length; at += 1) {
    const word = words[at];
    if (!word) break;
    const { text } = word;
    if (!word.exact && (text === "" || text.startsWith("-"))) {
      if (text.startsWith("-c")) settings.push(settingOf({ ...word, text: text.slice(2) }));
      else if (word.open || text === "" || !/^--[a-z-]+=/.test(text)) unclear = true;
      continue;
    }
    if (!text.startsWith("-")) break;
    const next = words[at + 1] ?? { text: "", exact: true };
    if (text === "-C" || text === "-c") {
      if (text === "-C") folders.push(next);
      else settings.push(settingOf(next));
      at += 1;
    } else if (/^-c./.test(text)) settings.push(settingOf({ ...word, text: text.slice(2) }));
    else if (text === "-p" || text === "-P" || text === "-h" || text === "-v") continue;
    else {
      const equals = text.indexOf("=");
      const given = equals < 0 ? text : text.slice(0, equals);
      const name = completed(given, [...valued, ...flags]);
      if (name === undefined) unclear = true;
      const value = equals < 0 ? next : { ...word, text: text.slice(equals + 1) };
      if (equals < 0 && name !== undefined && needsValue.has(name)) at += 1;
      if (name === "--git-dir" || name === "--work-tree") folders.push(value);
      if (name === "--config-env") {
        const { key } = settingOf(value);
        const variable = value.text.slice(value.text.indexOf("=") + 1);
        settings.push({ key, value: env[variable] ?? { text: "", exact: false } });
      }
    }
  }
  return {
    folders,
    settings,
    before: words.slice(0, at),
    verb: words[at],
    args: words.slice(at + 1),
    unclear,
  };
}

/** The option that an abbreviation stands for; undefined when there is none or more than one. */
function completed(given: string, options: readonly string[]): string | undefined {
  if (options.includes(given)) return given;
  const found = options.filter((option) => option.startsWith(given));
  return found.length === 1 ? found[0] : undefined;
}

function settingOf(word: ShellWord): GitSetting {
  const equals = word.text.indexOf("=");
  if (equals < 0) return { key: keyOf(word.text), value: { text: "true", exact: word.exact } };
  return { key: keyOf(word.text.slice(0, equals)), value: { ...word, text: word.text.slice(equals + 1) } };
}

/** Names of sections and of settings know no case; what stands between them does. */
export function keyOf(key: string): string {
  const first = key.indexOf(".");
  const last = key.lastIndexOf(".");
  if (first < 0) return key.toLowerCase();
  return key.slice(0, first).toLowerCase() + key.slice(first, last) + key.slice(last).toLowerCase();
}

function environmentSettings(env: Readonly<Record<string, ShellWord>>): GitSetting[] {
  const settings: GitSetting[] = [];
  for (const [name, word] of Object.entries(env)) {
    const index = /^GIT_CONFIG_KEY_(\d+)$/.exec(name)?.[1];
    if (index !== undefined)
      settings.push({
        key: keyOf(word.text),
        value: env[`GIT_CONFIG_VALUE_${index}`] ?? { text: "", exact: false },
      });
    if (name === "GIT_CONFIG_PARAMETERS")
      for (const match of word.text.matchAll(/'([^'=]*)(?:'='|=)?([^']*)'/g))
        settings.push({ key: keyOf(match[1] ?? ""), value: { text: match[2] ?? "", exact: word.exact } });
  }
  return settings;
}
