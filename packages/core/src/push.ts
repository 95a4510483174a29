/**
 * Pushes: what an agent wants a remote's refs to become, as the push gate sees it before anything reaches the remote.
 *
 * All facts are Tutti's own: read from the objects that were sent and from what the real remote holds now, never from what
 * the agent says of them.
 */
import { z } from "zod";

const sha = z.string().regex(/^[0-9a-f]{40,64}$/, "a git object id");

/** A commit in a person's words. */
export const pushedCommitSchema = z.strictObject({
  sha,
  subject: z.string(),
  author: z.string(),
  at: z.iso.datetime(),
});
export type PushedCommit = z.infer<typeof pushedCommitSchema>;

/** Commits of one side of an update: how many there are, and the first of them. */
export const pushedCommitsSchema = z.strictObject({
  count: z.int().min(0),
  /** The newest first, at most 20. */
  commits: z.array(pushedCommitSchema).max(20),
});

export const pushUpdateSchema = z.strictObject({
  /** Full name on the remote. */
  ref: z.string().min(1),
  /** What the real remote holds now; null when the ref is not there. */
  old: sha.nullable(),
  /** What it is to hold; null when the ref is deleted. */
  new: sha.nullable(),
  kind: z.enum(["create", "fast-forward", "forced", "delete"]),
  tag: z.boolean(),
  /** What the ref would not reach any more. */
  removed: pushedCommitsSchema,
  /** Of the removed commits, how many come back with the same patch. */
  rewritten: z.int().min(0),
  /** What the ref would reach that it does not now. */
  added: pushedCommitsSchema,
});
export type PushUpdate = z.infer<typeof pushUpdateSchema>;

export const pushFactsSchema = z.strictObject({
  /** The remote's name in the repository. */
  remote: z.string().min(1),
  /** Where it is, without credentials. */
  url: z.string(),
  updates: z.array(pushUpdateSchema).min(1).max(1_000),
  /** All or nothing. */
  atomic: z.boolean(),
  options: z.array(z.string()).max(100),
});
export type PushFacts = z.infer<typeof pushFactsSchema>;

/** What became of one ref. */
export const pushedRefSchema = z.strictObject({
  ref: z.string().min(1),
  ok: z.boolean(),
  /** The remote's own words, or Tutti's. */
  message: z.string(),
});
export type PushedRef = z.infer<typeof pushedRefSchema>;

export const pushOutcomeSchema = z.strictObject({
  /**
   * `forwarded`: the remote took it. `already-there`: it held this already. `refused`: a policy or a person said no.
   * `moved`: the remote is not any more what the decision was about. `failed`: the remote, or the way to it, said no.
   * `withdrawn`: nobody wants it any more.
   */
  result: z.enum(["forwarded", "already-there", "refused", "moved", "failed", "withdrawn"]),
  refs: z.array(pushedRefSchema).max(1_000),
  message: z.string(),
  /** Refs in the user's repository that keep what the remote's refs held before. */
  rescued: z.array(z.strictObject({ ref: z.string(), sha })).default([]),
});
export type PushOutcome = z.infer<typeof pushOutcomeSchema>;

/** The same for the same change of the same remote: what a decision about a push is bound to. */
export const pushIdentity = ({ remote, url, updates }: PushFacts): string =>
  JSON.stringify([
    remote,
    url,
    updates
      .map(({ ref, old, new: to }) => [ref, old, to])
      .sort(([a], [b]) => ((a ?? "") < (b ?? "") ? -1 : 1)),
  ]);
