import type { Command } from "commander";
import type { Cli } from "./cli.ts";

/** Gives a command its arguments, options, examples and action. The action leaves its exit code in `cli.exitCode`. */
export type Define = (command: Command, cli: Cli) => void;
