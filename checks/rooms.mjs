import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { roomRules } from "./room-rules.mjs";

// dependency-cruiser asks for "typescript" and is given this folder's own, the last with a JavaScript API. Left to
// itself it would find the project's later one, see no TypeScript at all, and report success.
const ownTypescript = new Map(
  ["typescript", "typescript/package.json"].map((name) => [
    name,
    pathToFileURL(createRequire(import.meta.url).resolve(name)).href,
  ]),
);
registerHooks({
  resolve(specifier, context, next) {
    const url = ownTypescript.get(specifier);
    return url ? { url, shortCircuit: true } : next(specifier, context);
  },
});
const { cruise } = await import("dependency-cruiser");

const roots = ["packages", "e2e", "bench"];

/**
 * Reads every TypeScript file below packages/, e2e/ and bench/ and holds its imports against the room rules.
 * @param {string} root a checkout
 * @returns {Promise<{ cruised: number, breaches: { rule: string, from: string, to: string, comment?: string }[] }>}
 * @throws {Error} when a TypeScript file was not read: silence about it would mean nothing
 */
export async function cruiseRooms(root) {
  const ruleSet = roomRules(frontDoors(root));
  const sources = roots.flatMap((folder) => typescriptFiles(root, folder));
  const { output } = await cruise(
    sources,
    {
      baseDir: root,
      ruleSet,
      validate: true,
      doNotFollow: { path: "node_modules" },
      tsPreCompilationDeps: true,
    },
    {
      extensions: [".ts", ".tsx", ".js", ".mjs", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "default"],
    },
  );
  const read = new Set(output.modules.map((module) => module.source));
  const unread = sources.filter((path) => !read.has(path));
  if (sources.length === 0 || unread.length > 0) {
    throw new Error(
      `dependency-cruiser read ${sources.length - unread.length} of ${sources.length} TypeScript files. Unread:\n${unread.join("\n")}`,
    );
  }
  const silent = sources.filter(
    (path) =>
      output.modules.find(({ source }) => source === path).dependencies.length === 0 && imports(root, path),
  );
  if (silent.length > 0)
    throw new Error(`dependency-cruiser saw no import in files that have some:\n${silent.join("\n")}`);
  const comments = new Map(ruleSet.forbidden.map(({ name, comment }) => [name, comment]));
  const breaches = output.summary.violations.map(({ rule: { name }, from, to }) => ({
    rule: name,
    from,
    to,
    comment: comments.get(name),
  }));
  return { cruised: sources.length, breaches: [...breaches, ...packagesByPath(root, sources)] };
}

/** The cruiser sees files, not how they were asked for: a path that leads into another package is found in the text. */
function packagesByPath(root, sources) {
  return sources.flatMap((from) => {
    const climbed = readFileSync(join(root, from), "utf8").matchAll(
      /\b(?:from|import)\s*\(?\s*"((?:\.\.?\/)[^"]*)"/g,
    );
    return [...climbed]
      .map(([, specifier]) => ({ specifier, to: new URL(specifier, `file:///${from}`).pathname.slice(1) }))
      .filter(
        ({ to }) =>
          to.startsWith("packages/") && to.split("/")[1] !== from.match(/^packages\/([^/]+)\//)?.[1],
      )
      .map(({ to }) => ({
        rule: "packages-by-name",
        from,
        to,
        comment: "Another package is imported by its name, never by path.",
      }));
  });
}

function frontDoors(root) {
  return readdirSync(join(root, "packages")).flatMap((name) => {
    const { exports = {} } = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
    return Object.values(exports).map((path) => `packages/${name}/${path.slice("./".length)}`);
  });
}

function imports(root, path) {
  return /^(import|export) [^;]*\bfrom "/m.test(readFileSync(join(root, path), "utf8"));
}

function typescriptFiles(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory())
      return ["node_modules", "fixtures"].includes(entry.name) ? [] : typescriptFiles(root, path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { cruised, breaches } = await cruiseRooms(fileURLToPath(new URL("..", import.meta.url)));
  for (const { rule, from, to, comment } of breaches) {
    process.stdout.write(`${from} → ${to}\n  ${rule}${comment ? `: ${comment}` : ""}\n`);
  }
  process.stdout.write(`${cruised} modules, ${breaches.length} breaches\n`);
  process.exitCode = breaches.length > 0 ? 1 : 0;
}
