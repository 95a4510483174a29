/** Which agent CLIs are here, who is logged in, and whether their gates hold. */
import type { Environment, Harness, Installation, LoginStatus } from "@tutti/core";
import { type GateVerdict, harnesses } from "@tutti/runner";

export interface HarnessFinding {
  id: string;
  title: string;
  /** Null when the program isn't there; `advice` then says how to get it. */
  installation: Installation | null;
  login: LoginStatus | null;
  gate: GateVerdict | null;
  /** What a person can do about what is missing; empty when nothing is. */
  advice: string[];
}

export interface ExamineOptions {
  environment: Environment;
  folders: readonly string[];
  ensureGate(harness: Harness, installation: Installation): Promise<GateVerdict>;
}

/** Looks at every harness; one for tests is told of only where it is there. */
export async function examineHarnesses(options: ExamineOptions): Promise<HarnessFinding[]> {
  const found = await Promise.all(
    harnesses.map(async (harness) => ({ ...(await examine(harness, options)), harness })),
  );
  return found
    .filter(({ installation, harness: { descriptor } }) => installation || !descriptor.forTests)
    .map(({ harness: _, ...finding }) => finding);
}

async function examine(
  harness: Harness,
  { environment, folders, ensureGate }: ExamineOptions,
): Promise<HarnessFinding> {
  const { id, title, install, login: loginWith } = harness.descriptor;
  const installation = (await harness.find(environment, folders)) ?? null;
  if (!installation)
    return { id, title, installation, login: null, gate: null, advice: [`install it: ${install}`] };
  const [login, gate] = await Promise.all([
    harness.login(installation, environment),
    ensureGate(harness, installation),
  ]);
  return {
    id,
    title,
    installation,
    login,
    gate,
    advice: [...(login.found ? [] : [`log in: ${loginWith}`]), ...(gate.ok ? [] : [gate.message])],
  };
}
