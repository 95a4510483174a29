import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { failureOf, perform, type Scenario, type Stage } from "./stage.ts";

/** What happens when something that a session needs is not as it should be. */
export const failures: readonly Scenario[] = [
  {
    name: "the program is missing",
    play: (stage) =>
      fails({ ...stage, installation: { ...stage.installation, path: join(stage.folder, "nowhere") } }),
    timeline: ["missing"],
  },
  {
    name: "the program prints garbage and ends",
    play: (stage) => standIn(stage, "echo 'Segmentation fault?'; echo '{\"half\":'; exit 0"),
    timeline: ["crashed"],
  },
  {
    name: "the program prints garbage and stays",
    play: (stage) => standIn(stage, "yes 'This is no protocol.' | head -n 1000; exec tail -f /dev/null"),
    timeline: ["crashed"],
  },
  {
    name: "the program fails at once",
    play: (stage) => standIn(stage, "echo 'cannot start here' >&2; exit 3"),
    timeline: ["crashed"],
  },
  {
    name: "nobody is logged in",
    async play(stage) {
      const { found } = await stage.harness.login(stage.installation, stage.environment);
      assert.equal(found, false);
      const { kind } = await failureOf(stage, { provider: undefined, model: undefined });
      return [kind];
    },
    timeline: ["not-logged-in"],
  },
  ...["rate-limited", "overloaded", "broken", "cut"].map(
    (part): Scenario => ({
      name: `the model's service fails twice (${part}) and recovers`,
      async play(stage) {
        const performance = await perform(stage);
        await performance.turn(`scenario: ${part}`);
        await performance.close();
        return performance.timeline.filter((line) => line.startsWith("turn"));
      },
      timeline: ["turn started by prompt", "turn ended: completed"],
    }),
  ),
  ...(
    [
      ["429", "overloaded"],
      ["500", "overloaded"],
      ["529", "overloaded"],
      ["cut", "overloaded"],
      ["400", "other"],
      ["404", "model"],
    ] as const
  ).map(
    ([fault, kind]): Scenario => ({
      name: `the model's service fails for good (${fault})`,
      play: (stage) => fails(stage, `scenario: always ${fault}`),
      timeline: [kind],
    }),
  ),
];

async function fails(stage: Stage, text?: string): Promise<string[]> {
  const { kind, message } = await failureOf(stage, {}, text);
  assert.notEqual(message.trim(), "");
  return [kind];
}

/** Plays with a script in the program's place. */
async function standIn(stage: Stage, script: string): Promise<string[]> {
  const path = join(stage.folder, "stand-in");
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return fails({ ...stage, installation: { ...stage.installation, path } });
}
