import { defaultPolicies } from "../policies/index.ts";
import { openPolicyFiles } from "./policy-files.ts";
import { openPrograms } from "./programs.ts";

/** What the policy files of a folder come to, without any server: the rules' names, and what is wrong. */
export async function checkPolicyFolder(folder: string): Promise<{ names: string[]; problems: string[] }> {
  const programs = openPrograms();
  try {
    const { standing, problems } = await openPolicyFiles({ folder, defaults: defaultPolicies, programs });
    const names = standing.map(({ name, params }) =>
      name === "program" ? String(params.name) : name === "rules" ? String(params.file) : name,
    );
    return { names, problems: [...problems] };
  } finally {
    await programs.close();
  }
}
