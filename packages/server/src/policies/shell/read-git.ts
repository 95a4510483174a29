/** Reads one git call. Pure and total. */
import type { GitCommand, GitHarm, GitPush } from "./git-command.ts";
import { gitVerbTable } from "./git-harms.ts";
import { readOptions } from "./git-options.ts";
import { readPush } from "./git-push.ts";
import { gitVerbs } from "./git-verbs.ts";
import { gitWords } from "./git-words.ts";
import type { Doubt, ShellCommand } from "./shell-command.ts";

export interface GitKnowledge {
  /** Verbs whose meaning is known; others are aliases or extensions, and doubts. */
  knownVerbs?: ReadonlySet<string>;
}

const pushes = new Set(["push", "send-pack", "http-push"]);

/** Undefined for another program than git. */
export function readGit(
  command: ShellCommand,
  { knownVerbs = gitVerbs }: GitKnowledge = {},
): GitCommand | undefined {
  if (command.program !== "git" && command.program !== "hub") return undefined;
  const { verb, args, settings, unclear } = gitWords(command.words, command.env);
  const doubts: Doubt[] = [];
  const line = command.words.map(({ text, exact }) => (exact ? text : `${text}…`)).join(" ");
  const doubt = (reason: string) => doubts.push({ reason, text: line.slice(0, 120) });
  if (unclear) doubt("an option of git is known only when the command runs");
  const none: GitCommand = { verb: undefined, push: undefined, harms: [], skipsHooks: false, doubts };
  if (!verb) return none;
  if (!verb.exact || verb.pattern) {
    doubt("what git is to do is known only when the command runs");
    return none;
  }
  if (!knownVerbs.has(verb.text)) {
    if (command.program === "git")
      doubt(`git has no ${verb.text} of its own: it may be an alias for anything`);
    return { ...none, verb: verb.text };
  }
  if (settings.some(({ key }) => /^include(if)?\./.test(key)) && !pushes.has(verb.text))
    doubt("settings are read from a file that the line names");
  if (pushes.has(verb.text)) {
    const { push, doubts: more, skipsHooks } = readPush(verb.text, args, settings);
    return { verb: verb.text, push, harms: pushHarms(push), skipsHooks, doubts: [...doubts, ...more] };
  }
  const row = Object.hasOwn(gitVerbTable, verb.text) ? gitVerbTable[verb.text] : undefined;
  const options = readOptions(args, row ?? { valued: "mFCc" });
  if (row && options.unclear.length > 0)
    doubt(`what git ${verb.text} does is known only when the command runs`);
  const harm = row?.harm({ options, settings });
  const skipsHooks =
    options.given.some(({ name }) => name === "no-verify") ||
    (verb.text === "commit" && options.given.some(({ name }) => name === "n"));
  return { verb: verb.text, push: undefined, harms: harm ? [harm] : [], skipsHooks, doubts };
}

function pushHarms(push: GitPush): GitHarm[] {
  if (push.dryRun) return [];
  const where = push.remote ?? "the remote";
  const what = push.branches.length > 0 ? push.branches.join(", ") : "branches";
  const harm = (says: string, alternative: string): GitHarm => ({
    kind: "rewrites-remote",
    says,
    weight: "irreversible",
    alternative,
  });
  if (push.mirror)
    return [
      harm(
        `It makes ${where} a copy of this repository: every branch there that is not here is deleted, and the others are overwritten.`,
        "Push the branches by name.",
      ),
    ];
  const harms: GitHarm[] = [];
  if (push.force)
    harms.push(
      harm(
        `It overwrites ${what} on ${where}${push.leased ? ", unless somebody has pushed there in the meantime" : ", and what others have pushed there is lost"}.`,
        "Push to a new branch, or bring in what the remote has and push without force.",
      ),
    );
  if (push.deletes)
    harms.push(harm(`It deletes ${what} on ${where}.`, "Leave the branch for its owner to delete."));
  return harms;
}
