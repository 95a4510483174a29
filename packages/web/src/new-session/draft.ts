/** What a new session's box holds, what of it is kept in this browser, and the request that it becomes. Pure but for storage. */
import type { Agent } from "@tutti/core";

export interface Draft {
  /** The tasks, each by itself; the first is the box. */
  texts: readonly string[];
  contract: string;
  repository: string;
  /** Empty: the branch that is checked out. */
  target: string;
  agent: string;
  /** Empty: the first machine that is connected. */
  host: string;
  /** US dollars, as typed. */
  budget: string;
  preapproved: boolean;
}

export const emptyDraft: Draft = {
  ...{ texts: [""], contract: "", repository: "", target: "", agent: "", host: "", budget: "" },
  preapproved: false,
};

/** Choices that a person most likely makes again. */
export type Choices = Pick<Draft, "repository" | "agent" | "host" | "budget">;

const draftKey = "tutti.new-session";
const choicesKey = "tutti.new-session.choices";
const recentKey = "tutti.new-session.recent";
const recentCount = 5;

export interface Recent {
  text: string;
  repository: string;
}

export function readDraft(): Draft {
  const kept = read(sessionStorage, draftKey);
  const choices = read(localStorage, choicesKey);
  return draftOf({ ...(isRecord(choices) && choices), ...(isRecord(kept) && kept) });
}

export function keepDraft(draft: Draft): void {
  const { repository, agent, host, budget } = draft;
  write(sessionStorage, draftKey, draft);
  write(localStorage, choicesKey, { repository, agent, host, budget } satisfies Choices);
}

/** The words are gone once they were sent; the choices stay. */
export function forgetWords({ texts, repository }: Draft): void {
  sessionStorage.removeItem(draftKey);
  const sent = texts
    .filter((text) => text.trim() !== "")
    .map((text): Recent => ({ text: text.trim(), repository }));
  const before = readRecent().filter((one) => !sent.some(({ text }) => text === one.text));
  write(localStorage, recentKey, [...sent, ...before].slice(0, recentCount));
}

export function readRecent(): Recent[] {
  const kept = read(localStorage, recentKey);
  return Array.isArray(kept)
    ? kept.filter(
        (one): one is Recent =>
          isRecord(one) && typeof one.text === "string" && typeof one.repository === "string",
      )
    : [];
}

/** A draft of what was kept; what is missing or of another kind is as in an empty one. */
export function draftOf(kept: Record<string, unknown>): Draft {
  const text = (name: keyof Draft) => (typeof kept[name] === "string" ? kept[name] : "");
  const { texts } = kept;
  return {
    texts:
      Array.isArray(texts) && texts.length > 0 && texts.every((one) => typeof one === "string")
        ? texts
        : [""],
    ...{ contract: text("contract"), repository: text("repository"), target: text("target") },
    ...{ agent: text("agent"), host: text("host"), budget: text("budget") },
    preapproved: kept.preapproved === true,
  };
}

/** The tasks that something was written for. */
export const tasksIn = ({ texts }: Draft): string[] =>
  texts.map((text) => text.trim()).filter((text) => text !== "");

/** What is typed as a limit; `undefined` for none, null for what is no amount. */
export function budgetOf({ budget }: Draft): number | undefined | null {
  const typed = budget
    .trim()
    .replace(/^\$\s*/, "")
    .replace(",", ".");
  if (typed === "") return undefined;
  const usd = Number(typed);
  return Number.isFinite(usd) && usd > 0 && usd <= 1_000_000 ? usd : null;
}

/** An agent of the repository itself: its file needs the person's trust. */
export const isOfRepository = (file: string, repository: string): boolean =>
  repository !== "" && file.startsWith(`${repository.replace(/\/+$/, "")}/`);

/** Who may take each role, by harness, each once. */
export function seatsOf(agent: Agent): { role: string; harnesses: string[] }[] {
  return Object.entries(agent.roles).map(([role, roster]) => ({
    role,
    harnesses: [...new Set(roster.map(({ harness }) => harness))],
  }));
}

function read(storage: Storage, key: string): unknown {
  try {
    return JSON.parse(storage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

function write(storage: Storage, key: string, value: unknown): void {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    // No room, or not allowed: it is forgotten with the page.
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
