import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Measurement } from "../measurement.ts";
import { figure } from "./rows.ts";

const web = new URL("../../dist/web/", import.meta.url);

/** What the page loads at its start, before any part of it that is loaded late. */
export const size: Measurement = {
  name: "size",
  title: "What the page loads at its start, packed with gzip",
  async measure() {
    const page = readFileSync(new URL("index.html", web), "utf8");
    const paths = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map(
      ([, path = ""]) => path,
    );
    const packed = (path: string) => gzipSync(readFileSync(new URL(path, web))).length / 1_000;
    const sum = (some: readonly string[]) => some.map(packed).reduce((all, one) => all + one, 0);
    const total = sum(paths);
    return [
      figure("scripts and styles", total, "kB", { text: "≤ 200 kB", met: total <= 200 }),
      figure("  scripts", sum(paths.filter((path) => path.endsWith(".js"))), "kB"),
      figure("  styles", sum(paths.filter((path) => path.endsWith(".css"))), "kB"),
    ];
  },
};
