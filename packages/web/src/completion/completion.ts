/** What the word before the cursor asks to be completed as. Pure. */

export interface Asked {
  kind: "command" | "file";
  /** What stands after the sign. */
  query: string;
  /** Where the word begins and ends in the text. */
  from: number;
  to: number;
}

/** A `/` that begins the text asks for a command, an `@` that begins a word for a file. */
export function askedAt(text: string, cursor: number): Asked | undefined {
  const before = text.slice(0, cursor);
  const command = /^\/(\S*)$/.exec(before);
  if (command) return { kind: "command", query: command[1] ?? "", from: 0, to: cursor };
  const file = /(?:^|\s)@(\S*)$/.exec(before);
  if (!file) return undefined;
  const query = file[1] ?? "";
  return { kind: "file", query, from: cursor - query.length - 1, to: cursor };
}

/** The text with what was asked for in its place, and where the cursor stands then. */
export function completed(
  text: string,
  { from, to }: Asked,
  value: string,
): { text: string; cursor: number } {
  const put = `${value} `;
  const after = text.slice(to).replace(/^ /, "");
  return { text: text.slice(0, from) + put + after, cursor: from + put.length };
}

export interface SlashCommand {
  name: string;
  /** What follows the name; nothing when it stands alone. */
  takes?: string;
  does: string;
}

const slashCommands: readonly SlashCommand[] = [
  { name: "stop", does: "Stop the agents" },
  { name: "model", takes: "NAME", does: "Another model from the next turn on" },
  { name: "changes", does: "View what was changed" },
  { name: "files", does: "Files of the worktree" },
  { name: "terminal", does: "A terminal in the worktree" },
  { name: "archive", does: "Put the session away" },
  { name: "new", does: "Start another session" },
];

export const matching = (query: string): SlashCommand[] =>
  slashCommands.filter(({ name }) => name.startsWith(query.toLowerCase()));

/** The command that a whole text is, with what follows its name; undefined for words to an agent. */
export function commandIn(text: string): { command: SlashCommand; argument: string } | undefined {
  const found = /^\/(\w+)(?:\s+(.*))?$/s.exec(text.trim());
  const command = slashCommands.find(({ name }) => name === found?.[1]);
  return command && { command, argument: found?.[2]?.trim() ?? "" };
}
