import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Check, Project, ReadFile } from "@tutti/core";
import { CONFIG_PATH, type Config, parseConfig } from "./config.ts";
import { git, gitFields, storeAt } from "./git.ts";
import { shortHash } from "./layout.ts";
import { type Failed, failed, type Outcome } from "./outcome.ts";
import { openRepository, type Repository, refCommit } from "./repository.ts";
import { filesNamed, type ProjectFiles, toolchains } from "./toolchains.ts";

/** The repository's own policies; files in folders below are not read. */
const POLICY_PATH = /^\.tutti\/policies\/\w[\w.-]{0,99}\.(ya?ml|ts)$/;
const POLICY_FILES = 20;
const POLICY_LENGTH = 100_000;

export interface ReadProject {
  stateFolder: string;
  repository: string;
  /** The commit that is read: the base, never a candidate. */
  commit: string;
  /** Seconds that a check may take which names no time of its own. */
  checkSeconds: number;
  /** What else the repository commands and needs trust for, in a person's words. */
  claims: readonly string[];
  settingsClaims(read: ReadFile): Promise<string[]>;
}

/**
 * Reads how a project is set up and checked at a commit: from `.tutti/config.yaml`, and for what that leaves out, by detection.
 * What the repository itself commands takes effect only after it is trusted, by the hash of exactly these commands.
 */
export async function readProject(request: ReadProject): Promise<Outcome<"project.found">> {
  const opened = await openRepository(request.repository);
  if (opened.type === "work.failed") return opened;
  const { repository } = opened;
  if ((await refCommit(storeAt(repository.commonDir), request.commit)) === undefined) {
    return failed("unknown-commit", `${repository.root} has no commit ${request.commit}`);
  }
  const files = await filesAt(repository, request.commit);
  let config: Config = {};
  if (files.paths.has(CONFIG_PATH)) {
    const parsed = parseConfig(await files.read(CONFIG_PATH));
    if (!parsed.ok) return failed("bad-config", parsed.message);
    config = parsed.config;
  }

  const found = await detect(files);
  const checks: Check[] = config.checks
    ? config.checks.map(({ name, run, timeout }) => ({
        name,
        command: run,
        timeoutSeconds: timeout ?? request.checkSeconds,
      }))
    : found.checks.map((check) => ({ ...check, timeoutSeconds: request.checkSeconds }));
  const setup = config.setup === undefined ? found.setup : [config.setup].flat();
  const copy = config.copy ?? [];
  const called = checks.flatMap(({ command }) => filesNamed(command, files.paths));
  const sources = [...new Set([CONFIG_PATH, ...found.sources, ...called])].sort();
  const readable = async (path: string) => (files.paths.has(path) ? files.read(path) : undefined);
  const claims = [...request.claims, ...(await request.settingsClaims(readable))];
  const policies = await policiesIn(files);
  if (!Array.isArray(policies)) return policies;
  const trust = await trustOf({ ...request, claims }, repository, config, policies);
  return { type: "project.found", project: { checks, setup, copy, sources, policies, trust } };
}

/** Remembers that a person trusts the commands with this hash, in this repository. */
export async function trustProject(request: {
  stateFolder: string;
  repository: string;
  hash: string;
}): Promise<Outcome<"project.trusted">> {
  const opened = await openRepository(request.repository);
  if (opened.type === "work.failed") return opened;
  if (!/^[0-9a-f]+$/.test(request.hash))
    return failed("bad-hash", `${JSON.stringify(request.hash)} is no hash`);
  const path = trustRecord(request.stateFolder, opened.repository, request.hash);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "");
  return { type: "project.trusted" };
}

async function trustOf(
  { stateFolder, claims }: Pick<ReadProject, "stateFolder" | "claims">,
  repository: Repository,
  config: Config,
  policies: Project["policies"],
): Promise<Project["trust"]> {
  const items = [
    ...[config.setup ?? []].flat().map((command) => `set-up: ${command}`),
    ...(config.checks ?? []).map(({ name, run }) => `check ${name}: ${run}`),
    ...(config.copy ?? []).map((glob) => `copy into the worktree: ${glob}`),
    // A policy is trusted by its text: another text is another item, and another hash.
    ...policies.map(({ file, content }) =>
      file.endsWith(".ts")
        ? `policy program, carried out by the server: ${file} (${shortHash(content)})`
        : `policies: ${file} (${shortHash(content)})`,
    ),
    ...claims,
  ];
  if (items.length === 0) return null;
  const hash = shortHash(JSON.stringify(items));
  const given = (await stat(trustRecord(stateFolder, repository, hash)).catch(() => undefined)) !== undefined;
  return { hash, items, given };
}

/** The repository's own policies, as text. Whether they are sound is told when they are put in force. */
async function policiesIn(files: ProjectFiles): Promise<Project["policies"] | Failed> {
  const paths = [...files.paths].filter((path) => POLICY_PATH.test(path)).sort();
  if (paths.length > POLICY_FILES)
    return failed("bad-policies", `.tutti/policies holds more than ${POLICY_FILES} files`);
  const policies: Project["policies"] = [];
  for (const file of paths) {
    const content = await files.read(file);
    if (content.length > POLICY_LENGTH)
      return failed("bad-policies", `${file} is longer than ${POLICY_LENGTH} characters`);
    policies.push({ file, content });
  }
  return policies;
}

function trustRecord(stateFolder: string, repository: Repository, hash: string): string {
  return join(stateFolder, "trust", shortHash(repository.commonDir), hash);
}

async function filesAt(repository: Repository, commit: string): Promise<ProjectFiles> {
  const store = storeAt(repository.commonDir);
  const paths = new Set(await gitFields(store, ["ls-tree", "-r", "-z", "--name-only", commit]));
  return {
    paths,
    read: async (path) => (await git(store, ["cat-file", "blob", `${commit}:${path}`])).stdout,
  };
}

async function detect(files: ProjectFiles) {
  const setup: string[] = [];
  const checks: { name: string; command: string }[] = [];
  const sources: string[] = [];
  for (const { toolchain, checks: when } of toolchains) {
    const found = await toolchain(files);
    if (!found) continue;
    setup.push(...found.setup);
    sources.push(...found.sources);
    if (when === "always" || checks.length === 0) checks.push(...found.checks);
  }
  return { setup, checks, sources };
}
