import { createHash } from "node:crypto";
import type { Action, PolicyUse } from "@tutti/core";
import { afterEach, expect, test } from "vitest";
import { shell, situation } from "../policies/testing.ts";
import { openPrograms, type Programs } from "./programs.ts";

const open: Programs[] = [];
afterEach(async () => {
  for (const programs of open.splice(0)) await programs.close();
});
/** Patient with a busy machine, but for the deadline that a test is about. */
function programs(limits: Parameters<typeof openPrograms>[0] = {}): Programs {
  const made = openPrograms({ answerMs: 30_000, firstAnswerMs: 30_000, startMs: 60_000, ...limits });
  open.push(made);
  return made;
}

const use = (source: string, params: PolicyUse["params"] = {}): PolicyUse => {
  const hash = createHash("sha256").update(source).digest("hex");
  return { name: "program", params: { name: "mine", file: "mine.ts", source, hash, params }, level: "agent" };
};
const policy = (body: string, more = "") => `
import { type Action, type Policy, vendorOfModel } from "@tutti/core";
import { posix } from "node:path";
import { z } from "zod";
export const policy: Policy<{ word: string }, number> = {
  name: "mine",
  summary: "for this test",
  phases: ["tool-call", "response"],
  params: z.object({ word: z.string().default("rm") }),
  state: z.number().default(0),
  evaluate(action: Action, params, state, situation) { ${body} },
};
${more}`;
const ask = async (all: Programs, one: PolicyUse, ...actions: Action[]) => {
  const foreign = await all.rulings([one], actions, {}, situation);
  return actions.map((action) => foreign(action)?.get("agent/program"));
};

test("a program rules, counts from action to action, and takes its parameters", async () => {
  const counting = policy(`
    if (action.phase !== "tool-call") return undefined;
    const seen = state + 1;
    if (action.call.command?.includes(params.word))
      return { effect: "ask", reason: \`\${params.word} in \${posix.basename(situation.workspace ?? "")}, call \${seen}\`, state: seen, weight: "irreversible" };
    return { effect: "allow", state: seen };
  `);
  const all = programs();
  expect(await ask(all, use(counting), shell("ls"), { phase: "response", text: "x" }, shell("rm x"))).toEqual(
    [
      { effect: "allow", state: 1 },
      undefined,
      { effect: "ask", reason: "rm in task-1, call 2", state: 2, weight: "irreversible" },
    ],
  );
  expect(await ask(all, use(counting, { word: "ls" }), shell("ls"))).toMatchObject([{ effect: "ask" }]);
  expect(await all.inspect(use(counting))).toEqual({
    ok: true,
    facts: expect.objectContaining({ summary: "for this test", phases: ["tool-call", "response"] }),
  });
});

test("it has core's words, and neither an environment nor arguments", async () => {
  const looking = policy(
    `return { effect: "deny", reason: [vendorOfModel("gpt-9"), Object.keys(process.env).length, process.argv.length, process.execArgv.length].join() };`,
  );
  expect(await ask(programs(), use(looking), shell("ls"))).toMatchObject([{ reason: "openai,0,2,0" }]);
});

test.each([
  ["an exception", policy(`throw new Error("out of order");`), /out of order \(line \d+\)/],
  ["no ruling", policy(`return { effect: "maybe" } as never;`), /its ruling is none: effect/],
  ["a promise", policy(`return Promise.resolve({ effect: "allow" }) as never;`), /at once/],
  ["what is no data", policy(`return { effect: "allow", state: () => 1 } as never;`), null],
  [
    "a memory without end",
    policy(`return { effect: "allow", state: "x".repeat(200_000) as never };`),
    /remember/,
  ],
  [
    "parameters that are wrong",
    policy(`return undefined;`).replace('z.string().default("rm")', "z.string()"),
    /word/,
  ],
  ["an end of its worker", policy(`process.exit(3);`), /ended with code 3/],
  ["too much memory", policy(`const all = []; for (;;) all.push(new Array(1e5).fill(state));`), /memory/],
  ["no policy", "export const other = 1;", /exports no `policy`/],
  ["another name", policy("return undefined;").replace('name: "mine"', 'name: "yours"'), /named mine/],
  ["a phase that is none", policy("return undefined;").replace('"response"', '"lunch"'), /phases must be/],
  ["broken text", "export const policy = {", /Unexpected|Expected|Invalid/i],
  ["another file", policy("return undefined;", 'import "./other.ts";'), /one file/],
  ["an import that reaches out", policy("return undefined;", 'import "node:fs";'), /not node:fs/],
  ["what it prints before it goes", policy(`console.error("I am lost"); process.exit(1);`), /ended/],
])("%s is a denial", async (_, source, reason) => {
  const [ruling] = await ask(programs(), use(source), shell("ls"));
  if (reason === null) expect(ruling).toEqual({ effect: "allow" });
  else expect(ruling).toEqual({ effect: "deny", reason: expect.stringMatching(reason) });
});

test("a missed deadline is a denial, and the next question is answered by a new worker", async () => {
  const stuck = policy(`
    if (action.phase === "tool-call" && action.call.command === "stuck") for (;;);
    return { effect: "allow" };
  `);
  const all = programs({ answerMs: 500 });
  expect(await ask(all, use(stuck), shell("ls"), shell("stuck"), shell("pwd"))).toEqual([
    { effect: "allow" },
    { effect: "deny", reason: expect.stringContaining("no answer in 500 ms") },
    { effect: "allow" },
  ]);
});

test("one program's questions wait for each other, and those of many are all answered", async () => {
  const all = programs();
  const source = policy(`return { effect: "allow", state: state + 1 };`);
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(all, use(source), shell("ls"))));
  expect(answers.flat()).toEqual(Array.from({ length: 50 }, () => ({ effect: "allow", state: 1 })));
  const many = await Promise.all(
    Array.from({ length: 20 }, (_, index) => ask(all, use(`${source}// ${index}`), shell("ls"))),
  );
  expect(many.flat().every((ruling) => ruling?.effect === "allow")).toBe(true);
});
