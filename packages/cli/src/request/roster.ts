/** Looks, before anything is started, whether the roles of an agent can be taken on this machine. */
import {
  type Agent,
  type Environment,
  type Harness,
  type HarnessChoice,
  roster,
  vendorOfModel,
  vendorsDiffer,
} from "@tutti/core";
import { badInput } from "../failure.ts";

export interface Machine {
  harnesses: readonly Harness[];
  environment: Environment;
  /** Folders with agent programs that are looked into before PATH. */
  folders: readonly string[];
}

/** What stands in the way of one entry of a roster; undefined when nothing is known to. */
type Obstacle = { kind: "install" | "login"; harness: Harness };

/**
 * Throws a `Failure` when the file names an unknown harness, when nobody can take a role, or when all who can are of one
 * vendor: whoever reads it learns which command mends it.
 */
export async function checkRosters(agent: Agent, file: string, machine: Machine): Promise<void> {
  const byId = new Map(machine.harnesses.map((harness) => [harness.descriptor.id, harness]));
  const known = machine.harnesses.flatMap(({ descriptor }) => (descriptor.forTests ? [] : [descriptor.id]));
  for (const [role, entries] of Object.entries(agent.roles))
    for (const { harness } of entries)
      if (!byId.has(harness))
        throw badInput(`${file}: roles.${role}: no harness named ${harness}; known: ${known.join(", ")}`);

  const obstacles = new Map<string, Promise<Obstacle | undefined>>();
  const obstacle = (choice: HarnessChoice) => {
    const key = `${choice.harness} ${choice.provider ? "provider" : "login"}`;
    const known = obstacles.get(key) ?? look(byId.get(choice.harness), choice, machine);
    obstacles.set(key, known);
    return known;
  };
  const able = new Map<string, HarnessChoice[]>();
  for (const role of Object.keys(agent.roles)) {
    const choices = roster(agent, role);
    const found = await Promise.all(choices.map(obstacle));
    const free = choices.filter((_, index) => found[index] === undefined);
    if (free.length === 0) throw badInput(missing(role, found));
    able.set(role, free);
  }

  const vendors = (role: string) =>
    able.get(role)?.map((choice) => vendorOf(choice, byId.get(choice.harness)));
  const implementers = vendors("implementer");
  const reviewers = vendors("reviewer");
  if (implementers && reviewers && !implementers.some((a) => reviewers.some((b) => mayReview(a, b))))
    throw badInput(
      `only models of ${[...new Set(implementers)].join(", ")} can be reached, and no vendor reviews its own work: ` +
        "log in to an agent CLI of another vendor (`tutti doctor` shows which are there), or try it with --rehearse demo",
    );
}

async function look(
  harness: Harness | undefined,
  { provider }: HarnessChoice,
  { environment, folders }: Machine,
): Promise<Obstacle | undefined> {
  if (!harness) return undefined;
  const installation = await harness.find(environment, folders);
  if (!installation) return { kind: "install", harness };
  if (provider) return undefined;
  return (await harness.login(installation, environment)).found ? undefined : { kind: "login", harness };
}

/** One line: every way out of an empty role. */
function missing(role: string, obstacles: readonly (Obstacle | undefined)[]): string {
  const ways = obstacles.flatMap((found) => {
    if (!found) return [];
    const { title, install, login } = found.harness.descriptor;
    return [
      found.kind === "install"
        ? `${title} is not installed (${install})`
        : `${title} has no login (${login})`,
    ];
  });
  return `nobody can take the role ${role}: ${[...new Set(ways)].join("; ")}; or try it without a login: --rehearse demo`;
}

/** Who made what an entry is served by, as far as data says; undefined when only serving will show it. */
function vendorOf(
  { provider, model }: HarnessChoice,
  harness: Harness | undefined,
): string | null | undefined {
  if (!provider)
    return harness?.descriptor.vendor ?? (model === undefined ? undefined : vendorOfModel(model));
  if (provider.vendor !== "by-model") return provider.vendor ?? null;
  return model === undefined ? undefined : vendorOfModel(model);
}

const mayReview = (a: string | null | undefined, b: string | null | undefined): boolean =>
  a === undefined || b === undefined || vendorsDiffer([a], [b]);
