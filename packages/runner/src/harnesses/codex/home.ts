import { join } from "node:path";
import type { Environment } from "@tutti/core";

/** Where Codex keeps its login, settings and history. */
export const homeOf = ({ CODEX_HOME, HOME = "/" }: Environment): string => CODEX_HOME ?? join(HOME, ".codex");
