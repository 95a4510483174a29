/** Users' own policies: asked before a command is decided, each in a worker of its own. */
import type { Action, PolicyStates, PolicyUse, Ruling, Situation } from "@tutti/core";
import { policyKeys } from "@tutti/core";
import { type ForeignRulings, programOf } from "../policies/index.ts";
import { Program, type ProgramFacts, type ProgramLimits } from "./program.ts";

export interface Programs {
  /**
   * What the programs among `uses` say of actions that take place one after the other, each going on from the state that the
   * one before left. Never rejects: what goes wrong is a denial.
   */
  rulings(
    uses: readonly PolicyUse[],
    actions: readonly Action[],
    states: PolicyStates,
    situation: Situation,
  ): Promise<ForeignRulings>;
  /** What a program is, or why it cannot be used. */
  inspect(use: PolicyUse): Promise<{ ok: true; facts: ProgramFacts } | { ok: false; message: string }>;
  /** Ends every worker. */
  close(): Promise<void>;
}

/** Workers that are kept; beyond them, one that has nothing to do is ended. */
const workersLimit = 16;

export function openPrograms(limits: Partial<ProgramLimits> = {}): Programs {
  const times = { answerMs: 250, firstAnswerMs: 2_000, startMs: 15_000, ...limits };
  /** By hash and name, the least recently used first. */
  const programs = new Map<string, Program>();

  function programFor({ name, hash, source }: { name: string; hash: string; source: string }): Program {
    const key = `${hash} ${name}`;
    const found = programs.get(key) ?? new Program({ name, source }, times);
    programs.delete(key);
    programs.set(key, found);
    if (programs.size > workersLimit)
      for (const [other, one] of programs)
        if (one !== found && one.isIdle) {
          programs.delete(other);
          void one.stop();
          break;
        }
    return found;
  }

  return {
    async rulings(uses, actions, states, situation) {
      const keys = policyKeys(uses);
      const own = uses.flatMap((use, index) => {
        const params = programOf(use);
        return params ? [{ key: keys[index] ?? "", params, shadow: use.shadow ?? false }] : [];
      });
      const byAction = new Map<string, Map<string, Ruling | undefined>>();
      let remembered = states;
      for (const action of own.length > 0 ? actions : []) {
        let seen = action;
        const said = new Map<string, Ruling | undefined>();
        for (const { key, params, shadow } of own) {
          const ruling = await programFor(params).rule(seen, params.params, remembered[key], situation);
          said.set(key, ruling);
          if (ruling?.state !== undefined)
            remembered = { ...remembered, [key]: ruling.state as PolicyStates[string] };
          if (!shadow && ruling?.effect === "allow" && ruling.text !== undefined)
            if (seen.phase === "tool-result" || seen.phase === "response")
              seen = { ...seen, text: ruling.text };
        }
        byAction.set(JSON.stringify(action), said);
      }
      return (action) => (byAction.size === 0 ? undefined : byAction.get(JSON.stringify(action)));
    },
    async inspect(use) {
      const params = programOf(use);
      if (!params) return { ok: false, message: `${use.name} is no program` };
      try {
        return { ok: true, facts: await programFor(params).facts() };
      } catch (error) {
        return { ok: false, message: error instanceof Error ? error.message : String(error) };
      }
    },
    async close() {
      await Promise.all([...programs.values()].map((one) => one.stop()));
      programs.clear();
    },
  };
}
