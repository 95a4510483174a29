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

export interface RosterMachine {
  harnesses: readonly Harness[];
  environment: Environment;
  /** Folders with agent programs that are looked into before PATH. */
  folders: readonly string[];
}

/** What stands in the way of an agent. How it is told, and what else there is to do, is for each surface to say. */
export type RosterProblem =
  | { kind: "unknown-harness"; role: string; harness: string; known: string[] }
  /** Nobody can take a role; `ways` says what each entry lacks, with the command that mends it. */
  | { kind: "nobody"; role: string; ways: string[] }
  /** Everybody who can be reached is of these vendors, and none reviews its own work. */
  | { kind: "one-vendor"; vendors: string[] };

/** What stands in the way of one entry of a roster; undefined when nothing is known to. */
type Obstacle = { kind: "install" | "login"; harness: Harness };

/** Undefined when nothing is known to stand in the way. */
export async function checkRosters(agent: Agent, machine: RosterMachine): Promise<RosterProblem | undefined> {
  const byId = new Map(machine.harnesses.map((harness) => [harness.descriptor.id, harness]));
  const known = machine.harnesses.flatMap(({ descriptor }) => (descriptor.forTests ? [] : [descriptor.id]));
  for (const [role, entries] of Object.entries(agent.roles))
    for (const { harness } of entries)
      if (!byId.has(harness)) return { kind: "unknown-harness", role, harness, known };

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
    if (free.length === 0) return { kind: "nobody", role, ways: waysOut(found) };
    able.set(role, free);
  }

  const vendors = (role: string) =>
    able.get(role)?.map((choice) => vendorOf(choice, byId.get(choice.harness)));
  const implementers = vendors("implementer");
  const reviewers = vendors("reviewer");
  if (implementers && reviewers && !implementers.some((a) => reviewers.some((b) => mayReview(a, b))))
    return { kind: "one-vendor", vendors: [...new Set(implementers.map(String))] };
  return undefined;
}

async function look(
  harness: Harness | undefined,
  { provider }: HarnessChoice,
  { environment, folders }: RosterMachine,
): Promise<Obstacle | undefined> {
  if (!harness) return undefined;
  const installation = await harness.find(environment, folders);
  if (!installation) return { kind: "install", harness };
  if (provider) return undefined;
  return (await harness.login(installation, environment)).found ? undefined : { kind: "login", harness };
}

function waysOut(obstacles: readonly (Obstacle | undefined)[]): string[] {
  const ways = obstacles.flatMap((found) => {
    if (!found) return [];
    const { title, install, login } = found.harness.descriptor;
    return [
      found.kind === "install"
        ? `${title} is not installed (${install})`
        : `${title} has no login (${login})`,
    ];
  });
  return [...new Set(ways)];
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
