/** The agent programs by themselves. To add one: a file beside this one that exports a `BareCli`, and a line here. */
import type { BareCli } from "./bare-cli.ts";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import { pi } from "./pi.ts";

export const bareClis: readonly BareCli[] = [claudeCode, codex, pi];
