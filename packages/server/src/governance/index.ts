/**
 * What the law asks beside a session's state: the policies' word, the server's own rules, what was spent.
 * The front door of this folder.
 */
import {
  actionsOf,
  type Command,
  type DecideContext,
  type PolicyUse,
  type Refusal,
  type Scope,
  type SessionState,
  sessionStart,
  situationOf,
} from "@tutti/core";
import type { Transaction } from "kysely";
import type { Schema } from "../database/schema.ts";
import { describe, evaluator, policyRefusal, usesSpending } from "../policies/index.ts";
import { dayOf } from "../projections/spending.ts";
import type { PolicyFiles } from "./policy-files.ts";
import { openPrograms, type Programs } from "./programs.ts";
import { readPolicyFiles } from "./read-policy-files.ts";
import { readSpending } from "./read-spending.ts";

export { keepStanding } from "./keep-standing.ts";
export { inForce, openPolicyFiles, type PolicyFiles } from "./policy-files.ts";
export { openPrograms, type Programs } from "./programs.ts";
export { type PolicyText, readPolicyFiles } from "./read-policy-files.ts";

export interface Governance {
  /**
   * The command with the policy files that it names read to rules, or why it may not be carried out: rules that cannot be
   * used, files of the person's that are broken. Called inside the transaction, before `contextFor`.
   */
  prepare(command: Command, scope: Scope): Promise<Prepared>;
  /**
   * What a decider needs for one command. Called inside the transaction that holds the session's row, before the command is
   * decided. Rejects on a fault of the database alone; a policy that fails is a denial.
   */
  contextFor(
    tx: Transaction<Schema>,
    state: SessionState | undefined,
    command: Command,
  ): Promise<DecideContext>;
}

export type Prepared = { ok: true; command: Command } | { ok: false; refusal: Refusal };

export interface GovernanceParts {
  /** The rules of the server: in force in every session. Files say what holds at each moment. */
  standing: readonly PolicyUse[] | PolicyFiles;
  /** Who asks users' own programs; without it, this folder's own. */
  programs?: Programs;
  now?(): Date;
}

export function openGovernance({
  standing,
  programs = openPrograms(),
  now = () => new Date(),
}: GovernanceParts): Governance {
  const files = "refresh" in standing ? standing : undefined;
  const rules = (): readonly PolicyUse[] => ("refresh" in standing ? standing.standing : standing);

  return {
    async prepare(command, scope) {
      if (command.type === "session.create") {
        await files?.refresh();
        // A request that is under way goes on by the last rules that were sound.
        if (files && files.problems.length > 0 && !(files.wereSound && command.spec.parent !== undefined))
          return refused(
            "conflict",
            `the policy files are broken, so no session begins: ${files.problems.join("; ")}`,
          );
        const { spec } = command;
        const read = await readUses(spec.policies, scope, "command.spec.policies", programs);
        return read.ok ? { ok: true, command: { ...command, spec: { ...spec, policies: read.uses } } } : read;
      }
      if (command.type === "policies.set") {
        if (command.level === "server" && scope !== "orchestration")
          return refused("forbidden", "the server's own rules come from its policy files", "command.level");
        const read = await readUses(command.uses, scope, "command.uses", programs);
        return read.ok ? { ok: true, command: { ...command, uses: read.uses } } : read;
      }
      return { ok: true, command };
    },

    async contextFor(tx, state, command) {
      const counts = state !== undefined && leadsToAModel(command) && usesSpending(state.policies);
      const spending = counts ? await readSpending(tx, state.id, dayOf(now().toISOString())) : null;
      const context = { describe, standing: rules(), spending };
      const { uses, actions } = asked(state, command, context.standing);
      if (!uses.some(({ name }) => name === "program")) return { ...context, evaluate: evaluator() };
      const of = state ?? { id: "new", spec: specOf(command), machine: null };
      const situation = situationOf(of, spending);
      const foreign = await programs.rulings(uses, actions, state?.policyStates ?? {}, situation);
      return { ...context, evaluate: evaluator(foreign) };
    },
  };
}

/** Which policies a command will be held against, and about what. */
function asked(state: SessionState | undefined, command: Command, standing: readonly PolicyUse[]) {
  if (state) return { uses: state.policies, actions: actionsOf(state, command) };
  if (command.type !== "session.create") return { uses: [], actions: [] };
  const own = command.spec.policies.filter(({ level }) => level !== "server");
  return { uses: [...standing, ...own], actions: sessionStart(command) };
}

function specOf(command: Command): SessionState["spec"] {
  if (command.type !== "session.create") throw new Error(`${command.type} makes no session`);
  return command.spec;
}

/** Uses with the files among them read; a program runs on the server, so it comes from the server's own side alone. */
async function readUses(
  uses: readonly PolicyUse[],
  scope: Scope,
  field: string,
  programs: Programs,
): Promise<{ ok: true; uses: PolicyUse[] } | { ok: false; refusal: Refusal }> {
  const read: PolicyUse[] = [];
  for (const level of new Set(uses.map((use) => use.level))) {
    const here = uses.filter((use) => use.level === level);
    const texts = here.flatMap(({ name, params: { file, content } }) =>
      name === "file" && typeof file === "string" && typeof content === "string" ? [{ file, content }] : [],
    );
    if (texts.length < here.filter(({ name }) => name === "file").length)
      return refused("invalid", "a policy file is its name and its text: `file` and `content`", field);
    const found = readPolicyFiles(texts, level);
    if (found.problems.length > 0) return refused("invalid", found.problems.join("; "), field);
    read.push(...here.filter(({ name }) => name !== "file"), ...found.uses);
  }
  if (scope === "person" && read.some(({ name }) => name === "program"))
    return refused(
      "forbidden",
      "a program is put in force by a file in the configuration folder, or by a repository that is trusted",
      field,
    );
  const refusal = policyRefusal(read, undefined, field);
  if (refusal) return { ok: false, refusal };
  for (const use of read.filter(({ name }) => name === "program")) {
    const inspected = await programs.inspect(use);
    if (!inspected.ok) return refused("invalid", `${String(use.params.file)}: ${inspected.message}`, field);
  }
  return { ok: true, uses: read };
}

function refused(kind: Refusal["kind"], message: string, field?: string): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: { kind, message, ...(field !== undefined && { field }) } };
}

/** Whether policies are asked about the next call of a model: then, and for nothing else, spending is looked up. */
const leadsToAModel = ({ type }: Command): boolean =>
  type === "turn.start" ||
  type === "tool.request" ||
  type === "approval.resolve" ||
  type === "approval.follow";
