/**
 * What a project is made with, told by its files: how a fresh worktree is made ready, which commands check it, and which files
 * decide what those commands do.
 *
 * To add a toolchain: write a Toolchain that answers undefined for projects that are none of its own, and put it in `toolchains`.
 * It sees the files of one commit; it starts nothing.
 */
import { type PackageJson, packageJsonSchema } from "./config.ts";

/** The files of a commit. */
export interface ProjectFiles {
  paths: ReadonlySet<string>;
  read(path: string): Promise<string>;
}

export interface Detected {
  setup: string[];
  checks: { name: string; command: string }[];
  /** Files that define the checks. They need not exist: adding one may change what a check does. */
  sources: string[];
}

type Toolchain = (files: ProjectFiles) => Promise<Detected | undefined>;

const javascript: Toolchain = async (files) => {
  if (!files.paths.has("package.json")) return undefined;
  const text = await files.read("package.json");
  const { scripts, packageManager } = parsePackageJson(text);
  const manager = managers.find(({ lockfiles }) => lockfiles.some((name) => files.paths.has(name)));
  const runner = manager?.runner ?? "npm run";
  const groups = [
    ["typecheck", "type-check", "check-types", "check:types", "types"],
    ["lint"],
    ["check"],
    ["test"],
  ];
  const names = groups
    .map((group) => group.find((name) => scripts[name] !== undefined))
    .filter((name) => name !== undefined)
    .filter((name) => !/no test specified/.test(scripts[name] ?? ""));
  const modern = files.paths.has(".yarnrc.yml") || /^yarn@([2-9]|\d\d)/.test(packageManager);
  const tools = toolConfigs.filter(({ tool }) => text.includes(tool)).flatMap(({ configs }) => configs);
  const members = text.includes('"workspaces"') || files.paths.has("pnpm-workspace.yaml");
  return {
    setup: manager ? [modern ? (manager.modernInstall ?? manager.install) : manager.install] : [],
    checks: names.map((name) => ({ name, command: `${runner} ${name}` })),
    sources: [
      "package.json",
      ".npmrc",
      ...tools,
      ...(members ? [...files.paths].filter((path) => path.endsWith("/package.json")) : []),
      ...scriptsCalled(scripts, names, files.paths),
    ],
  };
};

const managers = [
  {
    lockfiles: ["package-lock.json", "npm-shrinkwrap.json"],
    install: "npm ci --no-audit --no-fund",
    runner: "npm run",
  },
  { lockfiles: ["pnpm-lock.yaml"], install: "pnpm install --frozen-lockfile", runner: "pnpm run" },
  {
    lockfiles: ["yarn.lock"],
    install: "yarn install --frozen-lockfile",
    modernInstall: "yarn install --immutable",
    runner: "yarn run",
  },
  { lockfiles: ["bun.lock", "bun.lockb"], install: "bun install --frozen-lockfile", runner: "bun run" },
];

const inEveryLanguage = (name: string) =>
  ["ts", "mts", "cts", "js", "mjs", "cjs"].map((end) => `${name}.${end}`);
const toolConfigs = [
  {
    tool: "vitest",
    configs: [...inEveryLanguage("vitest.config"), ...inEveryLanguage("vite.config"), "vitest.workspace.ts"],
  },
  { tool: "jest", configs: [...inEveryLanguage("jest.config"), "jest.config.json"] },
  {
    tool: "mocha",
    configs: [".mocharc.js", ".mocharc.cjs", ".mocharc.json", ".mocharc.yml", ".mocharc.yaml"],
  },
  {
    tool: "eslint",
    configs: [
      ...inEveryLanguage("eslint.config"),
      ".eslintrc.json",
      ".eslintrc.js",
      ".eslintrc.cjs",
      ".eslintignore",
    ],
  },
  { tool: "biome", configs: ["biome.json", "biome.jsonc"] },
  { tool: "tsc", configs: ["tsconfig.json"] },
];

function parsePackageJson(text: string): PackageJson {
  try {
    const parsed = packageJsonSchema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch {
    // A package.json that npm cannot read has no scripts.
  }
  return { scripts: {}, packageManager: "" };
}

/** Files that scripts call, through other scripts of the same package and through `pre` and `post` as well. */
function scriptsCalled(
  scripts: Readonly<Record<string, string>>,
  names: readonly string[],
  paths: ReadonlySet<string>,
): string[] {
  const called = new Set<string>();
  const seen = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const script = scripts[name];
    if (script === undefined || seen.has(name)) continue;
    seen.add(name);
    for (const path of filesNamed(script, paths)) called.add(path);
    open.push(`pre${name}`, `post${name}`, ...script.split(/[\s"'&|;]+/));
  }
  return [...called];
}

const makefile: Toolchain = async (files) => {
  const path = ["GNUmakefile", "makefile", "Makefile"].find((name) => files.paths.has(name));
  if (path === undefined) return undefined;
  const text = await files.read(path);
  const targets = ["lint", "check", "test"].filter((target) =>
    new RegExp(`^${target}\\s*:(?!=)`, "m").test(text),
  );
  const recipes = text.split("\n").filter((line) => line.startsWith("\t"));
  return {
    setup: [],
    checks: targets.map((target) => ({ name: `make ${target}`, command: `make ${target}` })),
    sources: [path, ...filesNamed(recipes.join("\n"), files.paths)],
  };
};

const python: Toolchain = async (files) => {
  const { paths, read } = files;
  const setup = pythonSetUp(paths);
  const named = ["pytest.ini", "conftest.py", "tests/conftest.py"].some((path) => paths.has(path));
  const mentions = async (path: string, words: string) =>
    paths.has(path) && (await read(path)).includes(words);
  const isTested =
    named ||
    (await mentions("pyproject.toml", "pytest")) ||
    (await mentions("setup.cfg", "[tool:pytest]")) ||
    (await mentions("tox.ini", "[pytest]")) ||
    (await mentions("requirements-dev.txt", "pytest")) ||
    (await mentions("requirements.txt", "pytest"));
  if (setup.length === 0 && !isTested) return undefined;
  const through = paths.has("uv.lock")
    ? "uv run --frozen python"
    : paths.has("poetry.lock")
      ? "poetry run python"
      : 'PATH="$PWD/.venv/bin:$PATH" python3';
  return {
    setup,
    checks: isTested ? [{ name: "pytest", command: `${through} -m pytest -q` }] : [],
    sources: [
      ...["pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini", "conftest.py"],
      ...[...paths].filter((path) => path.endsWith("/conftest.py")),
    ],
  };
};

function pythonSetUp(paths: ReadonlySet<string>): string[] {
  if (paths.has("uv.lock")) return ["uv sync --frozen"];
  if (paths.has("poetry.lock")) return ["poetry install --no-interaction"];
  const lists = ["requirements.txt", "requirements-dev.txt"].filter((path) => paths.has(path));
  if (lists.length === 0) return [];
  return [
    "python3 -m venv .venv",
    `.venv/bin/python -m pip install --quiet ${lists.map((list) => `-r ${list}`).join(" ")}`,
  ];
}

const rust: Toolchain = async ({ paths }) =>
  paths.has("Cargo.toml")
    ? {
        setup: [],
        checks: [{ name: "cargo test", command: "cargo test" }],
        sources: ["Cargo.toml", "build.rs", "rust-toolchain", "rust-toolchain.toml", ".cargo/config.toml"],
      }
    : undefined;

const go: Toolchain = async ({ paths }) =>
  paths.has("go.mod")
    ? { setup: [], checks: [{ name: "go test", command: "go test ./..." }], sources: ["go.mod", "go.work"] }
    : undefined;

const ruby: Toolchain = async ({ paths }) =>
  paths.has("Gemfile.lock")
    ? {
        setup: ["bundle install"],
        checks: paths.has(".rspec") ? [{ name: "rspec", command: "bundle exec rspec" }] : [],
        sources: ["Gemfile", ".rspec", "spec/spec_helper.rb"],
      }
    : undefined;

/** In the order of precedence for checks: a Makefile's targets speak for the languages after it, package scripts for the Makefile. */
export const toolchains: readonly { toolchain: Toolchain; checks: "always" | "when-none-before" }[] = [
  { toolchain: javascript, checks: "always" },
  { toolchain: makefile, checks: "when-none-before" },
  { toolchain: python, checks: "when-none-before" },
  { toolchain: rust, checks: "when-none-before" },
  { toolchain: go, checks: "when-none-before" },
  { toolchain: ruby, checks: "when-none-before" },
];

/** Words of a command that are files of the project. */
export function filesNamed(command: string, paths: ReadonlySet<string>): string[] {
  const words = command.split(/[\s"'&|;()=<>]+/).map((word) => word.replace(/^@?\.\//, ""));
  return [...new Set(words.filter((word) => paths.has(word)))];
}
