// What the tools cannot see: the list of harnesses is complete, and nobody outside their folders speaks their names.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const harnesses = "packages/runner/src/harnesses";
const names = existsSync(join(root, harnesses))
  ? readdirSync(join(root, harnesses), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(root, harnesses, entry.name, "harness.ts")))
      .map((entry) => entry.name)
  : [];

const files = readdirSync(join(root, "packages"))
  .flatMap((name) => under(`packages/${name}/src`))
  .concat(under("e2e"), under("bench"));

test.each(names)("harness %s is listed", (name) => {
  expect(read(`${harnesses}/index.ts`)).toContain(`./${name}/harness.ts`);
});

test.each(names)("harness %s translates apart from process handling", (name) => {
  if (existsSync(join(root, harnesses, name, "wire.ts")))
    expect(existsSync(join(root, harnesses, name, "translate.ts"))).toBe(true);
});

test("no code outside its folder speaks a harness's name", () => {
  const spoken = new RegExp(`["'\`](${names.join("|")})["'\`]`);
  const speakers = files.filter(
    (path) =>
      /^packages\/(core|client|server|runner|web|cli)\/.*(?<!\.test)\.tsx?$/.test(path) &&
      !path.startsWith(`${harnesses}/`) &&
      names.length > 0 &&
      spoken.test(read(path)),
  );
  expect(speakers).toEqual([]);
});

test("no second versions", () => {
  expect(
    files.filter((path) => /(^|[/.-])(v2|legacy|compat)([/.-]|$)|[.-](old|new)\.[a-z]+$/i.test(path)),
  ).toEqual([]);
});

test("a schema, not a cast, types what comes from outside", () => {
  const cast = /JSON\.parse\((?!JSON\.stringify)[^;]*\) as (?!unknown\b)/;
  expect(files.filter((path) => /(?<!\.test)\.tsx?$/.test(path) && cast.test(read(path)))).toEqual([]);
});

function under(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

function read(path) {
  return readFileSync(join(root, path), "utf8");
}
