import { join } from "node:path";
import { newId } from "@tutti/client";
import type { Environment } from "@tutti/core";
import type { Folders } from "./folders.ts";
import { keptWord } from "./kept-word.ts";

/** This machine's id among the hosts, the same for as long as its state folder lives. */
export const hostId = ({ state }: Folders): Promise<string> =>
  keptWord(join(state, "host-id"), () => newId("host"));

/** Folders that are looked into for agent CLIs before PATH: none, unless a checkout's demo or tests bring pinned ones. */
export function programFolders(environment: Environment): string[] {
  const pinned = environment.TUTTI_HARNESS_CLIS;
  return pinned ? [pinned] : [];
}
