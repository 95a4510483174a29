/** What the gallery's machine answers to looks. */
import type { FolderEntry, Look, LookAnswer, LookOf, LookType } from "@tutti/core";
import type { Review } from "./large-review.ts";
import { harnesses, repository, worktreeOf } from "./names.ts";
import { changesBetween, fixed, patchBetween, type Tree, treeAt } from "./trees.ts";

type Looking = { [T in LookType]: (look: LookOf<T>) => LookAnswer };

/** @param large a change that is not among the small trees. */
export function openMachine(large: Review | undefined): (look: Look) => LookAnswer {
  const trees = ({ base, commit }: { base: string; commit: string }): readonly [Tree, Tree] | undefined => {
    const [before, after] = [treeAt(base), treeAt(commit) ?? fixed];
    return before && [before, after];
  };
  const looking: Looking = {
    "folder.list": ({ path }) => ({ type: "folder.list", entries: entriesOf(path), cut: 0 }),
    "file.read": ({ path }) => {
      const text = fixed.get(path);
      return text === undefined
        ? failed(`there is no file ${path}`)
        : { type: "file.read", text: { text, cut: 0 }, size: Buffer.byteLength(text) };
    },
    "files.find": ({ query, limit }) => ({
      type: "files.find",
      paths: [...fixed.keys()].filter((path) => holdsInOrder(path, query)).slice(0, limit),
    }),
    "diff.list": (look) => {
      if (look.commit === large?.candidate.commit)
        return { type: "diff.list", files: large.candidate.files.map((file) => ({ ...file, from: null })) };
      const found = trees(look);
      if (!found) return failed(`there is no commit ${look.base}`);
      return { type: "diff.list", files: changesBetween(...found).map((file) => ({ ...file, from: null })) };
    },
    "diff.read": (look) => {
      const read = look.commit === large?.candidate.commit ? large.patchOf : undefined;
      const found = trees(look);
      if (!read && !found) return failed(`there is no commit ${look.base}`);
      return {
        type: "diff.read",
        patches: look.paths.map((path) => ({
          path,
          patch: {
            text: read ? read(path) : found ? patchBetween(...found, path, look.context) : "",
            cut: 0,
          },
        })),
      };
    },
    "repository.inspect": ({ path }) =>
      path === repository
        ? {
            ...{ type: "repository.inspect", root: repository, branch: "main" },
            ...{ branches: ["main", "feat/due-dates", "feat/search-index", "feat/webhook-retries"] },
            ...{ head: "c41d9aa".padEnd(40, "0"), problem: null },
          }
        : {
            ...{ type: "repository.inspect", root: null, branch: null, branches: [], head: null },
            problem: `${path} is no git repository: run git init there, or name another folder.`,
          },
    "machine.inspect": () => inspected,
    "roster.check": () => ({ type: "roster.check", problem: null }),
  };
  return (look) => (looking[look.type] as (look: Look) => LookAnswer)(look);
}

const failed = (message: string): LookAnswer => ({ type: "look.failed", message });

function entriesOf(folder: string): FolderEntry[] {
  const prefix = folder === "" || folder === "." ? "" : `${folder.replace(/\/$/, "")}/`;
  const below = [...fixed].flatMap(([path, text]) =>
    path.startsWith(prefix) ? [{ rest: path.slice(prefix.length), size: Buffer.byteLength(text) }] : [],
  );
  const folders = new Set(
    below.flatMap(({ rest }) => (rest.includes("/") ? [rest.split("/")[0] ?? ""] : [])),
  );
  return [
    ...[...folders].sort().map((name): FolderEntry => ({ name, kind: "folder", size: null })),
    ...below
      .filter(({ rest }) => !rest.includes("/"))
      .map(({ rest, size }): FolderEntry => ({ name: rest, kind: "file", size })),
  ];
}

function holdsInOrder(path: string, query: string): boolean {
  let from = 0;
  for (const letter of query.toLowerCase()) {
    const at = path.toLowerCase().indexOf(letter, from);
    if (at < 0) return false;
    from = at + 1;
  }
  return true;
}

const gib = 1024 ** 3;
const commands: Record<string, { install: string; logIn: string; version: string; where: string | null }> = {
  "claude-code": {
    ...{ install: "npm install -g @anthropic-ai/claude-code", logIn: "claude /login" },
    ...{ version: "2.1.72", where: "~/.claude/.credentials.json" },
  },
  codex: {
    ...{ install: "npm install -g @openai/codex", logIn: "codex login" },
    ...{ version: "0.112.0", where: "~/.codex/auth.json" },
  },
  pi: {
    ...{ install: "npm install -g @mariozechner/pi-coding-agent", logIn: "pi /login" },
    ...{ version: "0.61.0", where: null },
  },
};

const inspected: LookAnswer = {
  type: "machine.inspect",
  harnesses: harnesses.map((card) => {
    const { install = "", logIn = "", version = "", where = null } = commands[card.id] ?? {};
    return {
      ...card,
      installation: { path: `/usr/local/bin/${card.id}`, version },
      login: { found: where !== null, where: where ?? "~/.pi/agent/auth.json" },
      ...{ install, logIn },
    };
  }),
  confinement: { possible: true, why: "bubblewrap 0.11.0 with user namespaces" },
  load: 1.84,
  cores: 8,
  memory: { total: 32 * gib, free: 11.5 * gib },
  disk: { total: 512 * gib, free: 187 * gib },
  worktrees: [
    { task: "due-dates", session: "add-due-dates", changedAt: "2026-03-14T13:30:05.000Z", uncommitted: 0 },
    { task: "search-index", session: "search-index", changedAt: "2026-03-14T13:41:50.000Z", uncommitted: 0 },
    {
      task: "webhook-retries",
      session: "webhook-retries",
      changedAt: "2026-03-14T13:14:08.000Z",
      uncommitted: 4,
    },
    { task: "vite-8", session: "upgrade-to-vite-8", changedAt: "2026-03-14T13:04:10.000Z", uncommitted: 2 },
    { task: "old-attempt", session: null, changedAt: "2026-02-11T10:00:00.000Z", uncommitted: 3 },
  ].map(({ task, ...rest }) => ({ path: worktreeOf(task), repository, ...rest })),
};
