import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { Layout } from "../layout.ts";
import { strictRead, UnreadableFile } from "./strict-read.ts";

/** Where the agent's own view of git stands. */
export type AgentHead =
  | { kind: "on-branch"; commit: string }
  /** It is not on the task's branch with nothing in progress; `detail` says how, in a person's words. */
  | { kind: "elsewhere"; detail: string };

const REF_BYTES = 4 * 1024;
const PACKED_REFS_BYTES = 32 * 1024 * 1024;

/**
 * Reads where the agent's HEAD and its branch stand, file by file: no git is run, so that nothing the agent wrote there is a setting
 * of anything. What is not as git itself leaves it counts as elsewhere.
 */
export async function readAgentHead(gitDir: string, layout: Layout): Promise<AgentHead> {
  try {
    return await read(gitDir, layout);
  } catch (cause) {
    if (!(cause instanceof UnreadableFile)) throw cause;
    return elsewhere(`the agent's git folder cannot be read: ${cause.message}`);
  }
}

async function read(gitDir: string, { branch, branchRef }: Layout): Promise<AgentHead> {
  for (const state of ["rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"]) {
    if (await lstat(join(gitDir, state)).catch(() => undefined))
      return elsewhere(`an operation is in progress (${state})`);
  }
  const head = (await strictRead(gitDir, "HEAD", REF_BYTES))?.trimEnd();
  if (head === undefined) return elsewhere("there is no HEAD any more");
  const [, target] = /^ref:\s*(\S+)$/.exec(head) ?? [];
  if (target === undefined) return elsewhere(`HEAD is detached, not on ${branch}`);
  if (target !== branchRef) {
    const name = target.replace(/^refs\/heads\//, "").replace(/[^\x21-\x7e]/g, "?");
    return elsewhere(`HEAD is on ${name}, not on ${branch}`);
  }
  const loose = (await strictRead(gitDir, branchRef, REF_BYTES))?.trimEnd();
  const value = loose ?? packedValue(await strictRead(gitDir, "packed-refs", PACKED_REFS_BYTES), branchRef);
  if (value === undefined) return elsewhere(`${branch} has no commit any more`);
  if (!isObjectName(value)) return elsewhere(`${branch} does not point at a commit`);
  return { kind: "on-branch", commit: value };
}

function packedValue(packed: string | undefined, ref: string): string | undefined {
  const line = packed?.split("\n").find((line) => line.endsWith(` ${ref}`));
  return line?.slice(0, -ref.length - 1);
}

/** Whether a word is a full object name, of either hash. */
function isObjectName(word: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(word);
}

function elsewhere(detail: string): AgentHead {
  return { kind: "elsewhere", detail };
}
