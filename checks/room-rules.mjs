// Who may speak to whom. Each rule is a sentence of AGENTS.md; fences.test.mjs plants a breach of each.

const tests = "\\.test\\.tsx?$";
const room = (...names) => `^packages/(${names.join("|")})/src/`;
const allBut = (...names) => `^packages/(?!(${names.join("|")})/)`;
const exactly = (paths) => paths.map((path) => `^${path.replaceAll(".", "\\.")}$`);
const npm = (name) => `node_modules/${name}/`;

/**
 * @param {string[]} doors the front doors: the files that the packages' `exports` name, from the root of the checkout
 * @returns {import("dependency-cruiser").IFlattenedRuleSet}
 */
export function roomRules(doors) {
  return { forbidden: forbidden(doors).map((rule) => ({ severity: "error", ...rule })) };
}

const forbidden = (doors) => [
  {
    name: "no-cycles",
    comment: "A cycle means that two files are one idea: merge them or lift the shared noun.",
    from: {},
    to: { circular: true },
  },
  {
    name: "nothing-unresolved",
    comment: "What is imported is there.",
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: "core-is-pure",
    comment: "core is language and pure functions: zod and nothing else.",
    from: { path: room("core"), pathNot: tests },
    to: { pathNot: [room("core"), npm("zod")] },
  },
  {
    name: "client-knows-only-core",
    from: { path: room("client"), pathNot: tests },
    to: { path: allBut("client", "core") },
  },
  {
    name: "web-speaks-the-public-api",
    from: { path: room("web"), pathNot: tests },
    to: { path: allBut("web", "client", "core") },
  },
  {
    name: "server-knows-only-core",
    comment: "server and runner are strangers: they meet in the words of core, over the public API.",
    from: { path: room("server"), pathNot: tests },
    to: { path: allBut("server", "core") },
  },
  {
    name: "runner-knows-core-and-client",
    comment: "server and runner are strangers: they meet in the words of core, over the public API.",
    from: { path: room("runner"), pathNot: tests },
    to: { path: allBut("runner", "client", "core") },
  },
  {
    name: "strangers-in-tests-too",
    comment: "A test that needs server and runner together belongs to e2e/.",
    from: { path: "^packages/(server|runner)/src/" },
    to: { path: "^packages/(server|runner)/", pathNot: "^packages/$1/" },
  },
  {
    name: "rehearsal-stands-alone",
    from: { path: room("rehearsal") },
    to: { path: allBut("rehearsal") },
  },
  {
    name: "nothing-depends-on-the-cli",
    comment: "The composition root is at the end of every arrow.",
    from: { path: allBut("cli") },
    to: { path: "^packages/cli/" },
  },
  {
    name: "packages-by-name",
    comment: "Another package is imported by its name; what it exports by name is its front door.",
    from: { path: "^packages/([^/]+)/" },
    to: { path: "^packages/", pathNot: ["^packages/$1/", ...exactly(doors)] },
  },
  {
    name: "packages-by-name-from-outside",
    comment: "Another package is imported by its name; what it exports by name is its front door.",
    from: { path: "^(e2e|bench)/" },
    to: { path: "^packages/", pathNot: exactly(doors) },
  },
  {
    name: "plugins-see-only-core",
    comment:
      "A policy or an orchestration is a leaf over core's contract; it may share with its own room, and ask where in a YAML file something stands.",
    from: { path: "^packages/server/src/(policies|orchestrations)/(?!index\\.ts)", pathNot: tests },
    to: {
      path: "^packages/server/src/",
      pathNot: ["^packages/server/src/$1/(?!index\\.ts)", "^packages/server/src/yaml-place\\.ts$"],
    },
  },
  {
    name: "harnesses-do-not-know-each-other",
    comment: "A harness sees core, its own folder and, of the runner, only process/.",
    from: { path: "^packages/runner/src/harnesses/([^/]+)/" },
    to: {
      path: "^packages/runner/src/",
      pathNot: ["^packages/runner/src/harnesses/$1/", "^packages/runner/src/process/"],
    },
  },
  {
    name: "only-the-list-names-harnesses",
    comment: "A harness is reached through harnesses/index.ts.",
    from: { pathNot: "^packages/runner/src/harnesses/" },
    to: { path: "^packages/runner/src/harnesses/[^/]+/" },
  },
  {
    name: "only-the-engine-knows-dbos",
    comment: "Orchestrations see core's ctx; the engine behind it can be changed in one folder.",
    from: { pathNot: "^packages/server/src/engine/" },
    to: { path: npm("@dbos-inc") },
  },
  {
    name: "schemas-live-in-core",
    comment: "No second copy of a shape: beside core, only what owns a format of its own declares a schema.",
    from: {
      path: "^packages/",
      pathNot: [
        room("core", "rehearsal"),
        "^packages/runner/src/harnesses/[^/]+/",
        "^packages/server/src/(policies|orchestrations|tools)/",
        "(^|[/-])(config|settings)\\.ts$",
        tests,
      ],
    },
    to: { path: npm("zod") },
  },
  {
    name: "name-the-idea-not-the-drawer",
    comment: "No utils, helpers, common, misc, lib or types.",
    from: { path: "(^|/)(utils?|helpers?|common|misc|lib|types)(/|\\.tsx?$)" },
    to: {},
  },
  {
    name: "name-the-idea-not-the-drawer",
    comment: "No utils, helpers, common, misc, lib or types.",
    from: {},
    to: { path: "(^|/)(utils?|helpers?|common|misc|lib|types)(/|\\.tsx?$)", pathNot: "node_modules" },
  },
  {
    name: "no-orphans",
    comment: "A file that nothing imports and that imports nothing is dead, unless a program starts with it.",
    from: {
      orphan: true,
      pathNot: [
        tests,
        "(^|/)(index|main|service-worker)\\.ts$",
        "^packages/runner/src/harnesses/[^/]+/(assets/|extension\\.ts$)",
        "^(e2e|bench)/",
      ],
    },
    to: {},
  },
];
