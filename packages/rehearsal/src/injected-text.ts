/**
 * Agent clients speak in the user's name: they put reminders, environment notes and instruction files into user
 * messages, and pass on what a person types in the middle of a turn inside a reminder. These functions tell the person's
 * words from the client's.
 */

const reminder = /<system-reminder>[\s\S]*?(?:<\/system-reminder>|$)/g;

const passedOn =
  /The user sent a new message while you were working:\n([\s\S]*?)(?=\n\n(?:This is how |IMPORTANT: )|<\/system-reminder>|$)/g;

/** How a text begins that a client wrote as a user message of its own. */
const openings = [
  "# AGENTS.md instructions",
  "<user_instructions>",
  "<environment_context>",
  "<environments_instructions>",
  "<permissions instructions>",
  "<skills_instructions>",
  "<turn_aborted>",
  "<user_action>",
  "<user_shell_command>",
  "<subagent_notification>",
  "<task-notification>",
  "<command-name>",
  "<command-message>",
  "<local-command-",
  "[Request interrupted by user",
];

/** The answers that a client writes in the model's name, to keep the turns alternating when a session is resumed. */
const standIns = new Set(["No response requested.", "No action needed.", "Nothing needed from you."]);

/** What a person said in a text of a user message: the text without the client's own words, and words passed on. */
export function wordsOfUser(text: string): string[] {
  const own = text.replace(reminder, "").trim();
  const ownWords = own === "" || openings.some((opening) => own.startsWith(opening)) ? [] : [own];
  return [...wordsInReminders(text), ...ownWords];
}

/** What a person said in the middle of a turn, found in the reminders that stand in a tool result or a user message. */
export function wordsInReminders(text: string): string[] {
  return (text.match(reminder) ?? []).flatMap(wordsPassedOn);
}

/** What a person said in the middle of a turn, found in the client's own words (a reminder, a system message). */
export function wordsPassedOn(text: string): string[] {
  return [...text.matchAll(passedOn)].map((found) => (found[1] ?? "").trim()).filter((words) => words !== "");
}

/** Whether a client wrote this answer in the model's name. */
export function isStandIn(answer: string): boolean {
  return standIns.has(answer.trim());
}

/**
 * The names of tools that a client announces in a text without offering them in the request; such a tool may be called
 * all the same.
 */
export function announcedTools(text: string): string[] {
  const list = /deferred tools are now available[^\n]*\n((?:[\w.-]+(?:\n|$))+)/g;
  return [...text.matchAll(list)].flatMap((found) => (found[1] ?? "").trim().split("\n"));
}
