/**
 * Looks: read-only questions to a machine, for a person who watches. Beside the log: nothing is stored, a machine that does
 * not answer in time is said not to, and the question may be asked again.
 *
 * Paths are absolute on the machine that is asked, or relative to a root that is; a relative path never leaves its root.
 */
import { z } from "zod";
import { agentSchema } from "./agent.ts";
import { idSchema } from "./events.ts";
import { harnessCardSchema } from "./harness-card.ts";
import { boundedTextSchema } from "./tool.ts";
import { changedFileSchema } from "./work.ts";

const absolute = z.string().startsWith("/", "give an absolute path").max(4_096);
const relative = z
  .string()
  .max(4_096)
  .refine(
    (path) => !path.startsWith("/") && !path.split("/").includes(".."),
    "give a path below the root, without ..",
  );
const sha = z.string().regex(/^[0-9a-f]{40,64}$/, "a git object id");

const look = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.strictObject({ type: z.literal(type), ...shape });

export const lookSchema = z.discriminatedUnion("type", [
  /** A folder's entries, folders first. `.git` is left out. */
  look("folder.list", { root: absolute, path: relative }),
  look("file.read", { root: absolute, path: relative }),
  /** Files of a git worktree whose path holds the query's characters in order, the best first. */
  look("files.find", {
    root: absolute,
    query: z.string().max(200),
    limit: z.int().min(1).max(200).default(50),
  }),
  /** What a commit changes against a base, renames found. */
  look("diff.list", { repository: absolute, base: sha, commit: sha }),
  /** The patches of some of those files, in the order asked. */
  look("diff.read", {
    repository: absolute,
    base: sha,
    commit: sha,
    paths: z.array(relative).min(1).max(100),
    context: z.int().min(0).max(10_000).default(3),
  }),
  /** Whether work can begin in a folder, and what it is. */
  look("repository.inspect", { path: absolute, target: z.string().optional() }),
  /** Which agent programs are here, and how the machine does. */
  look("machine.inspect", {}),
  /** Whether the roles of an agent can be taken on this machine. */
  look("roster.check", { agent: agentSchema }),
]);
export type Look = z.infer<typeof lookSchema>;
export type LookType = Look["type"];
export type LookOf<T extends LookType> = Extract<Look, { type: T }>;

export const folderEntrySchema = z.strictObject({
  name: z.string(),
  kind: z.enum(["file", "folder", "link", "other"]),
  /** Bytes; null for what has none. */
  size: z.int().nullable(),
});
export type FolderEntry = z.infer<typeof folderEntrySchema>;

export const seenHarnessSchema = harnessCardSchema.extend({
  /** Null when the program is not on this machine. */
  installation: z.strictObject({ path: z.string(), version: z.string() }).nullable(),
  login: z.strictObject({ found: z.boolean(), where: z.string() }).nullable(),
  /** How a person installs it and logs in, as commands. */
  install: z.string(),
  logIn: z.string(),
});
export type SeenHarness = z.infer<typeof seenHarnessSchema>;

export const seenWorktreeSchema = z.strictObject({
  path: z.string(),
  repository: z.string(),
  /** The session that it was made for; null when that is not known. */
  session: z.string().nullable(),
  changedAt: z.iso.datetime(),
  /** Uncommitted files; null when git could not say. */
  uncommitted: z.int().nullable(),
});
export type SeenWorktree = z.infer<typeof seenWorktreeSchema>;

export const lookAnswerSchema = z.discriminatedUnion("type", [
  look("folder.list", { entries: z.array(folderEntrySchema).max(5_000), cut: z.int().min(0) }),
  look("file.read", {
    /** Null when it is not text. */
    text: boundedTextSchema.nullable(),
    size: z.int().min(0),
  }),
  look("files.find", { paths: z.array(z.string()) }),
  look("diff.list", { files: z.array(changedFileSchema.extend({ from: z.string().nullable() })) }),
  look("diff.read", {
    patches: z.array(z.strictObject({ path: z.string(), patch: boundedTextSchema })),
  }),
  look("repository.inspect", {
    root: z.string().nullable(),
    branch: z.string().nullable(),
    branches: z.array(z.string()),
    head: sha.nullable(),
    /** Why no work can begin there, with what to do; null when it can. */
    problem: z.string().nullable(),
  }),
  look("machine.inspect", {
    harnesses: z.array(seenHarnessSchema),
    confinement: z.strictObject({ possible: z.boolean(), why: z.string() }),
    /** The load of the last minute, and how many cores share it. */
    load: z.number(),
    cores: z.int().min(1),
    memory: z.strictObject({ total: z.int(), free: z.int() }),
    /** Bytes of the disk that holds the worktrees. */
    disk: z.strictObject({ total: z.int(), free: z.int() }),
    worktrees: z.array(seenWorktreeSchema),
  }),
  look("roster.check", {
    /** What stands in the way, with what to do; null when nothing is known to. */
    problem: z.string().nullable(),
  }),
  /** It could not be looked at; `message` says why and what to do. */
  look("look.failed", { message: z.string() }),
]);
export type LookAnswer = z.infer<typeof lookAnswerSchema>;
export type LookAnswerOf<T extends LookAnswer["type"]> = Extract<LookAnswer, { type: T }>;

/** A look on its way to its machine, as the machine's stream carries it. */
export const sentLookSchema = z.strictObject({ id: idSchema, look: lookSchema });
export type SentLook = z.infer<typeof sentLookSchema>;
