/**
 * Questions about policies: what they would say, what they said and why, what other rules would have said. Nothing is
 * stored, and nothing is answered that would carry out a repository's program without a person's trust.
 * The front door of this folder.
 */
import type {
  PolicyCheck,
  PolicyCheckAnswer,
  PolicyList,
  PolicyTest,
  PolicyTestFrame,
  Refusal,
  ShadowReport,
} from "@tutti/core";
import type { Database } from "../database/pool.ts";
import {
  openPolicyFiles,
  openPrograms,
  type PolicyFiles,
  type Programs,
  readPolicyFiles,
  inForce as standingOf,
} from "../governance/index.ts";
import { defaultPolicies } from "../policies/index.ts";
import { check } from "./check.ts";
import { type Explained, explain } from "./explain.ts";
import { inForce } from "./in-force.ts";
import { replay } from "./replay.ts";
import { readPolicyFolder } from "./rules-of.ts";
import { shadowReport } from "./shadow.ts";

/** What can be asked without any server: of files, and of the policies' code. */
export interface PolicyQuestions {
  check(
    asked: PolicyCheck,
  ): Promise<{ ok: true; answer: PolicyCheckAnswer } | { ok: false; refusal: Refusal }>;
  inForce(place: {
    repository?: string | undefined;
    agent?: string | undefined;
  }): Promise<{ ok: true; list: PolicyList } | { ok: false; refusal: Refusal }>;
}

/** What can be asked of a log too. */
export interface Inquiry extends PolicyQuestions {
  explain(id: string, session?: string): Promise<Explained>;
  shadow(since: Date): Promise<ShadowReport>;
  /** One test at a time. Its frames end with `done` or `failed`, and early when the signal aborts. */
  test(
    asked: PolicyTest,
    signal: AbortSignal,
  ): Promise<{ ok: true; frames: AsyncIterable<PolicyTestFrame> } | { ok: false; refusal: Refusal }>;
}

export interface InquiryParts {
  database: Database;
  files: PolicyFiles;
  programs: Programs;
  policyFolder?: string | undefined;
  agentFolders: readonly string[];
}

export function openInquiry(parts: InquiryParts): Inquiry {
  const { database, programs, policyFolder } = parts;
  let testing = false;
  return {
    ...questions(parts),
    explain: (id, session) => explain({ database, programs }, id, session),
    shadow: (since) => shadowReport(database.kysely, since),
    async test({ files: given, since }, signal) {
      const own = policyFolder === undefined ? [] : await readPolicyFolder(policyFolder);
      const names = new Set(given.map(({ file }) => file));
      const read = readPolicyFiles([...own.filter(({ file }) => !names.has(file)), ...given], "server");
      if (read.problems.length > 0)
        return { ok: false, refusal: { kind: "invalid", message: read.problems.join("; "), field: "files" } };
      if (testing)
        return { ok: false, refusal: { kind: "conflict", message: "another test of policies is under way" } };
      testing = true;
      const standing = standingOf(defaultPolicies, read);
      const frames = replay(
        { kysely: database.kysely, programs },
        { standing, since: new Date(since) },
        signal,
      );
      const end = () => {
        testing = false;
      };
      // Frames that nobody asks for never begin, and so never end by themselves.
      signal.addEventListener("abort", end, { once: true });
      return { ok: true, frames: ending(frames, end) };
    },
  };
}

/** The questions that need no server, answered in this process. Close it: it may have started workers. */
export async function openPolicyQuestions(places: {
  policyFolder: string;
  agentFolders: readonly string[];
}): Promise<PolicyQuestions & { close(): Promise<void> }> {
  const programs = openPrograms();
  const files = await openPolicyFiles({ folder: places.policyFolder, defaults: defaultPolicies, programs });
  return { ...questions({ ...places, files, programs }), close: () => programs.close() };
}

const questions = (parts: Omit<InquiryParts, "database">): PolicyQuestions => ({
  check: (asked) => check(parts, asked),
  inForce: (place) => inForce(parts, place),
});

/** The frames of a test, with what went wrong as the last one. `end` is called however it ends. */
async function* ending(
  frames: AsyncIterable<PolicyTestFrame>,
  end: () => void,
): AsyncGenerator<PolicyTestFrame, void, void> {
  try {
    yield* frames;
  } catch (error) {
    yield { type: "failed", message: error instanceof Error ? error.message : String(error) };
  } finally {
    end();
  }
}
