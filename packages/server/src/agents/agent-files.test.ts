import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { roster } from "@tutti/core";
import { expect, test } from "vitest";
import { findAgents, parseAgent } from "./agent-files.ts";

const problem = (text: string) => {
  const read = parseAgent("/agents/polly.yaml", text);
  return read.ok ? undefined : read.message;
};
const good = `name: polly
orchestration: implement-review-merge
roles:
  implementer:
    - harness: some
`;

test("the shipped Polly is an agent", async () => {
  const shipped = fileURLToPath(new URL("../../../../agents", import.meta.url));
  const { agents, problems } = await findAgents([shipped]);
  expect(problems).toEqual([]);
  const polly = agents.find(({ agent }) => agent.name === "polly");
  expect(polly?.agent.limits).toMatchObject({ rounds: 3, parallel: 4 });
  if (polly)
    for (const role of ["implementer", "reviewer"]) expect(roster(polly.agent, role)).toHaveLength(3);
});

test.each([
  ["name: [", "polly.yaml:1:8: "],
  [`${good}name: again\n`, "polly.yaml:6:1: Map keys must be unique"],
  ["just text", "polly.yaml:1:1: "],
  ["", "polly.yaml:1:1: "],
  ["name: polly\norchestration: x\n", "polly.yaml:1:1: roles: "],
  [good.replace("some", "1"), "polly.yaml:5:7: roles.implementer.0.harness: "],
  [`${good}  reviewer: []\n`, "polly.yaml:6:3: roles.reviewer: "],
  [`${good}      modell: x\n`, "polly.yaml:6:7: roles.implementer.0.modell: unknown field"],
  [`${good}limits:\n  rounds: -1\n`, "polly.yaml:7:3: limits.rounds: "],
  [
    `${good}      provider: ollama\n`,
    "polly.yaml:6:7: roles.implementer.0.provider: no provider named ollama",
  ],
])("a mistake is shown where it is: %j", (text, message) => {
  expect(problem(text)).toMatch(
    message.startsWith("polly.yaml") ? new RegExp(`^${message.replaceAll(".", "\\.")}`) : message,
  );
});

test("a later folder's agent counts, and another text is another version", async () => {
  const folders = await Promise.all([1, 2].map(() => mkdtemp(path.join(tmpdir(), "tutti-agents-"))));
  const [shipped = "", own = ""] = folders;
  try {
    await writeFile(path.join(shipped, "polly.yaml"), good);
    await writeFile(path.join(own, "mine.yml"), `${good}description: mine\n`);
    await writeFile(path.join(own, "broken.yaml"), "name: polly");
    await writeFile(path.join(own, "notes.txt"), "no agent");
    const { agents, problems } = await findAgents([shipped, own, path.join(own, "nowhere")]);
    expect(agents.map(({ file, agent }) => [file, agent.description])).toEqual([
      [path.join(own, "mine.yml"), "mine"],
    ]);
    expect(problems).toEqual([
      {
        file: path.join(own, "broken.yaml"),
        message: expect.stringMatching(/^broken\.yaml:1:1: orchestration: /),
      },
    ]);
    expect((await findAgents([shipped])).agents[0]?.version).not.toBe(agents[0]?.version);
  } finally {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }
});
