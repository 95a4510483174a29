/**
 * A worker that holds one user's policy. Started by `governance/programs.ts`, and by its path: it stands alone in a build.
 *
 * The program sees `@tutti/core`, `zod` and nothing else that is to be installed; it is one file. It has no environment, and
 * what it prints goes into the messages about its failures. It is trusted code all the same: a worker is no sandbox.
 */
import { registerHooks } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import * as core from "@tutti/core";
import { type Policy, policyPhaseSchema } from "@tutti/core";
import * as zod from "zod";
import type { ProgramAnswer, ProgramQuestion, ProgramStart } from "./messages.ts";

const { name, source }: ProgramStart = workerData;
const own = `policy:///${name}.ts`;
const lent: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { "@tutti/core": core, zod };

/** Builtins that compute, and reach nothing. */
const builtins = new Set(["path", "path/posix", "url", "util", "crypto", "assert", "querystring"]);

const shelf = Symbol.for("tutti.lent");
Object.defineProperty(globalThis, shelf, { value: lent });

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === own) return { url: own, format: "module-typescript", shortCircuit: true };
    if (context.parentURL !== own) return next(specifier, context);
    if (specifier in lent) return { url: `lent:${specifier}`, format: "module", shortCircuit: true };
    if (builtins.has(specifier.replace(/^node:/, ""))) return next(specifier, context);
    throw new Error(
      `a policy is one file and may import ${Object.keys(lent).join(", ")} and builtins that compute; not ${specifier}`,
    );
  },
  load(url, context, next) {
    if (url === own) return { format: "module-typescript", source, shortCircuit: true };
    if (!url.startsWith("lent:")) return next(url, context);
    return { format: "module", source: facade(url.slice("lent:".length)), shortCircuit: true };
  },
});

/** A module that hands on what this one has. */
function facade(specifier: string): string {
  const names = Object.keys(lent[specifier] ?? {});
  const from = `globalThis[Symbol.for("tutti.lent")][${JSON.stringify(specifier)}]`;
  const values = names.map((one, index) => `const v${index} = all[${JSON.stringify(one)}];`);
  const exported = names.map((one, index) => `v${index} as ${one}`);
  return `const all = ${from};\n${values.join("\n")}\nexport { ${exported.join(", ")} };`;
}

const say = (answer: ProgramAnswer) => parentPort?.postMessage(answer);
const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.message}${placeIn(error)}` : String(error);

/** Where in the program an error comes from. */
function placeIn(error: Error): string {
  const place = new RegExp(`${own}:(\\d+)(?::(\\d+))?`).exec(error.stack ?? "");
  return place ? ` (line ${place[1]})` : "";
}

async function load(): Promise<Policy> {
  const { policy }: { policy?: Partial<Policy> } = await import(own);
  if (typeof policy !== "object" || policy === null) throw new Error("it exports no `policy`");
  if (policy.name !== name) throw new Error(`its policy must be named ${name}, as the file is`);
  if (typeof policy.summary !== "string") throw new Error("its policy has no summary");
  if (typeof policy.evaluate !== "function") throw new Error("its policy has no evaluate()");
  if (typeof policy.params?.parse !== "function") throw new Error("its policy has no schema of its params");
  if (policy.state !== undefined && typeof policy.state.parse !== "function")
    throw new Error("its policy's state is no schema");
  const phases = policyPhaseSchema.array().min(1).safeParse(policy.phases);
  if (!phases.success) throw new Error(`its phases must be some of ${policyPhaseSchema.options.join(", ")}`);
  return policy as Policy;
}

function answer(policy: Policy, { id, action, params, state, situation }: ProgramQuestion): ProgramAnswer {
  try {
    const ruling: unknown = policy.evaluate(
      action,
      policy.params.parse(params),
      policy.state?.parse(state),
      situation,
    );
    if (ruling instanceof Promise) throw new Error("evaluate() must answer at once, and gave a promise");
    // As text, so that nothing but plain data passes.
    return { type: "ruled", id, ruling: ruling === undefined ? null : (JSON.stringify(ruling) ?? "{}") };
  } catch (error) {
    return { type: "failed", id, message: messageOf(error) };
  }
}

load().then(
  (policy) => {
    parentPort?.on("message", (question: ProgramQuestion) => say(answer(policy, question)));
    say({ type: "ready", summary: policy.summary, phases: policy.phases });
  },
  (error: unknown) => say({ type: "broken", message: messageOf(error) }),
);
