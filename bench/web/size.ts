import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import type { Measurement } from "../measurement.ts";
import { figure } from "./rows.ts";

const web = new URL("../../dist/web/", import.meta.url);

/** What the page loads at its start, before any part of it that is loaded late. The build refuses more than the target. */
export const size: Measurement = {
  name: "size",
  title: "What the app starts with, packed with gzip",
  async measure() {
    const page = await file("index.html");
    const [entry = ""] = /assets\/index-[^"]+\.js/.exec(page) ?? [];
    const scripts = await withImports(entry);
    const styles = [...page.matchAll(/href="\/(assets\/[^"]+\.css)"/g)].map(([, path = ""]) => path);
    const [script, style] = [await packed(scripts), await packed(styles)];
    const total = script + style;
    return [
      figure("scripts and styles", total, "kB", { text: "≤ 200 kB", met: total <= 200 }),
      figure("  scripts", script, "kB"),
      figure("  styles", style, "kB"),
    ];
  },
};

/** A script with all that it imports before it runs. */
async function withImports(path: string, known = new Set<string>()): Promise<Set<string>> {
  if (known.has(path)) return known;
  known.add(path);
  const text = await file(path);
  for (const [, name = ""] of text.matchAll(/\b(?:from|import)\s*"\.\/([^"]+\.js)"/g))
    await withImports(`assets/${name}`, known);
  return known;
}

async function packed(paths: Iterable<string>): Promise<number> {
  let sum = 0;
  for (const path of paths) sum += gzipSync(await file(path)).length;
  return sum / 1_000;
}

const file = (path: string): Promise<string> => readFile(new URL(path, web), "utf8");
