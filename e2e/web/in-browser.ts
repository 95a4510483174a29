/** Tests in the browser. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { installed, type OpenPage, openBrowser, openPage, type PageOptions } from "./browser.ts";

/** What a test of the app is given: pages that are closed after it, and that may not have complained. */
export interface InBrowser {
  browser: Browser;
  /** An empty page, on which paths are relative to `url`. */
  open(url: string, options?: Omit<PageOptions, "url">): Promise<Page>;
}

let shared: Promise<Browser> | undefined;

/**
 * A test in the browser, which a file's tests share. Where there is no browser the test is skipped, and its name says how to
 * get one; a build server must have one.
 */
export function inBrowser(name: string, play: (given: InBrowser) => Promise<void>): void {
  if (installed.path === undefined) {
    const title = `${name} (${installed.missing})`;
    if (process.env.CI === "true")
      test(title, () => {
        throw new Error(installed.missing);
      });
    else test.skip(title, () => {});
    return;
  }
  test(name, async () => {
    shared ??= openBrowser();
    const browser = await shared;
    const pages: OpenPage[] = [];
    try {
      await play({
        browser,
        async open(url, options) {
          const opened = await openPage(browser, { ...options, url });
          pages.push(opened);
          return opened.page;
        },
      });
      expect(pages.flatMap((page) => page.complaints())).toEqual([]);
    } catch (error) {
      if (error instanceof Error) error.message += await lastSeen(pages);
      throw error;
    } finally {
      await Promise.all(pages.map((page) => page.close()));
    }
  });
}

/** Where pictures of the pages of a test that failed are, and what they complained about. */
async function lastSeen(pages: readonly OpenPage[]): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "tutti-browser-"));
  const lines = await Promise.all(
    pages.map(async ({ page, complaints }, at) => {
      const file = path.join(folder, `${at + 1}.png`);
      await page.screenshot({ path: file }).catch(() => {});
      return [`${page.url()} is seen in ${file}`, ...complaints()].join("\n");
    }),
  );
  return `\n${lines.join("\n")}`;
}

afterAll(async () => {
  const browser = await shared;
  shared = undefined;
  await browser?.close();
});
