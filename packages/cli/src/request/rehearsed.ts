/** Points an agent at scripted models, so that nothing of it needs a login. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  type Agent,
  type Harness,
  type ModelProvider,
  type Vendor,
  vendorOfModel,
  type Wire,
} from "@tutti/core";
import { loadScenario, type Rehearsal, ScenarioError, startRehearsal } from "@tutti/rehearsal";
import { badInput } from "../failure.ts";
import { shippedScenarios } from "../own-program.ts";

/** Scripted models that are being served. */
export interface ScriptedModels extends Rehearsal {
  /** The ids that the scenario offers. */
  readonly models: readonly string[];
}

/** Serves the models of a scenario: a file, or the name of one that is shipped. Throws a `Failure` when it cannot be played. */
export async function startScenario(scenario: string, port?: number): Promise<ScriptedModels> {
  const shipped = join(shippedScenarios, `${scenario}.yaml`);
  const file = !existsSync(resolve(scenario)) && existsSync(shipped) ? shipped : resolve(scenario);
  try {
    const played = await loadScenario(file);
    const rehearsal = await startRehearsal({ scenario: played, ...(port !== undefined && { port }) });
    return { ...rehearsal, models: played.models };
  } catch (error) {
    if (error instanceof ScenarioError) throw badInput(error.message, { cause: error });
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE")
      throw badInput(`port ${port} is taken: choose another with --port`, { cause: error });
    throw error;
  }
}

/** The vendor of scripted models that stand for nobody's in particular. */
const standIn: Vendor = "rehearsal";

/** The agent with every entry of its rosters served by the scripted models, each under its harness's own vendor. */
export function rehearsed(agent: Agent, harnesses: readonly Harness[], scripted: ScriptedModels): Agent {
  const providers: Record<string, ModelProvider> = {};
  const roles = Object.fromEntries(
    Object.entries(agent.roles).map(([role, entries]) => [
      role,
      entries.map(({ harness, model, effort }) => {
        const descriptor = harnesses.find((one) => one.descriptor.id === harness)?.descriptor;
        const wire: Wire | undefined = descriptor?.capabilities.wires[0];
        const vendor = descriptor?.vendor ?? standIn;
        const baseUrl = wire ? scripted.baseUrls[wire] : scripted.url;
        providers[harness] = { baseUrl, wire: wire ?? "chat", vendor };
        return {
          harness,
          model: model ?? modelOf(vendor, scripted.models),
          ...(effort !== undefined && { effort }),
          provider: harness,
        };
      }),
    ]),
  );
  return { ...agent, roles, providers };
}

/** The scenario's model of a vendor; else one that is nobody's. */
const modelOf = (vendor: Vendor, models: readonly string[]): string =>
  models.find((model) => vendorOfModel(model) === vendor) ??
  models.find((model) => vendorOfModel(model) === undefined) ??
  standIn;
