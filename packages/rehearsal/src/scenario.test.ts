import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadScenario, parseScenario, ScenarioError, scenarioJsonSchema } from "./index.ts";

const shipped = (name: string) => new URL(`../${name}`, import.meta.url).pathname;

test("the published JSON Schema is that of the code", async () => {
  const published: unknown = JSON.parse(await readFile(shipped("scenario.schema.json"), "utf8"));
  expect(published, "docs/rehearsal.md tells how to publish it anew").toEqual(scenarioJsonSchema());
});

test.each(["demo", "conformance"])("the shipped scenario %s is sound", async (name) => {
  expect((await loadScenario(shipped(`scenarios/${name}.yaml`))).name).toBe(name);
});

test.each([
  ["broken YAML", "name: x\nparts: [\n", /^s\.yaml:\d+: /],
  ["no parts", "name: x\n", /^s\.yaml:1: parts: /],
  [
    "an unknown kind of step",
    part("- shel: ls"),
    /^s\.yaml:6: parts\[0\]\.steps\[0\]: Unrecognized key: "shel"$/,
  ],
  [
    "two kinds in one step",
    part("- { say: a, shell: ls }"),
    /^s\.yaml:6: parts\[0\]\.steps\[0\]: needs exactly one/,
  ],
  [
    "a pattern that cannot be read",
    part("- say: a", "/(/"),
    /^s\.yaml:4: parts\[0\]\.match\.user: is not a valid regular/,
  ],
  [
    "a failure of no kind",
    part("- fail: { times: 2 }"),
    /^s\.yaml:6: parts\[0\]\.steps\[0\]\.fail: needs either status or cut$/,
  ],
])("%s is refused in one line that names file and line", (_, text, message) => {
  expect(() => parseScenario(text, "s.yaml")).toThrow(ScenarioError);
  expect(() => parseScenario(text, "s.yaml")).toThrow(message);
  expect(() => parseScenario(text, "s.yaml")).toThrow(/^[^\n]+$/);
});

test("a scenario is loaded from its file, and errors name the file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tutti-rehearsal-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "s.yaml");
  await expect(loadScenario(path)).rejects.toThrow(`${path}: cannot be read`);
  await writeFile(path, part("- say: hello"));
  expect((await loadScenario(path)).parts[0]?.steps).toEqual([{ say: "hello" }]);
  await writeFile(path, part("- say: 5"));
  await expect(loadScenario(path)).rejects.toThrow(`${path}:6: parts[0].steps[0].say:`);
});

function part(step: string, user = "hi"): string {
  return `name: x\nparts:\n  - name: p\n    match: { user: "${user}" }\n    steps:\n      ${step}\n`;
}
