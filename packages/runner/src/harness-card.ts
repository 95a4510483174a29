import type { Environment, Harness, HarnessCard } from "@tutti/core";

/** What a screen shows of a harness. */
export function harnessCard({ descriptor }: Harness): HarnessCard {
  const { id, title, mark, form, vendor, capabilities } = descriptor;
  return { id, title, mark, form, vendor, steer: capabilities.steer, images: capabilities.images };
}

/** The harnesses that are told of: one for tests only where it is there. */
export async function toldHarnesses(machine: {
  harnesses: readonly Harness[];
  environment: Environment;
  folders: readonly string[];
}): Promise<Harness[]> {
  const { harnesses, environment, folders } = machine;
  const told = await Promise.all(
    harnesses.map(
      async (harness) => !harness.descriptor.forTests || (await harness.find(environment, folders)),
    ),
  );
  return harnesses.filter((_, index) => told[index]);
}
