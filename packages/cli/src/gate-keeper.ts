import type { Environment, Harness, Installation } from "@tutti/core";
import { parseScenario, startRehearsal } from "@tutti/rehearsal";
import { canaryScenario, type GateVerdict, openGateSelfTest } from "@tutti/runner";
import type { Folders } from "./folders.ts";
import { ownVersion } from "./own-program.ts";

/** Proves a harness's gate on a scripted model; a pass is kept in the state folder. */
export function openGateKeeper(
  { state }: Folders,
  environment: Environment,
  marker: string,
): (harness: Harness, installation: Installation) => Promise<GateVerdict> {
  return openGateSelfTest({
    stateFolder: state,
    environment,
    release: ownVersion(),
    marker,
    async startCanaryModel() {
      const model = await startRehearsal({ scenario: parseScenario(canaryScenario) });
      return { baseUrlFor: (wire) => model.baseUrls[wire], close: model.close };
    },
  });
}
