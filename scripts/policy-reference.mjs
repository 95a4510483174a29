// Writes docs/policies.md from the policies' own schemas.
import { writeFileSync } from "node:fs";
import { policies } from "../packages/server/src/policies/index.ts";
import { policyReference } from "../packages/server/src/policies/reference.ts";

writeFileSync(new URL("../docs/policies.md", import.meta.url), policyReference(policies));
