/**
 * The screens of the web app, as pictures and accessibility are looked at. To add one: a line in `screens`; its reference
 * pictures are made by `UPDATE_PICTURES=1 npx vitest run e2e/web/screens.test.ts -t NAME`.
 */
import type { Browser, Page } from "playwright-core";
import { type Look, type OpenPage, openPage, settled } from "./browser.ts";
import { type Gallery, type GalleryOptions, openGallery } from "./gallery/index.ts";

export interface Screen {
  name: string;
  path: string;
  /** A gallery of its own; else it shares the one in which nobody presses anything. */
  gallery?: GalleryOptions;
  /** What is done on the page once it has settled. */
  prepare?(page: Page, gallery: Gallery): Promise<void>;
  /** Complaints that the screen brings about on purpose. */
  tolerate?: readonly RegExp[];
}

export const screens: readonly Screen[] = [
  { name: "inbox", path: "/inbox" },
  { name: "inbox-empty", path: "/inbox", gallery: { empty: true } },
  {
    name: "inbox-offline",
    path: "/inbox",
    gallery: {},
    prepare: (_, gallery) => gallery.stop(),
    tolerate: [/ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|Failed to (load|fetch)/],
  },
  { name: "request-push", path: "/a/push-search-index" },
  { name: "request-tool", path: "/a/ask-webhook-retries" },
  { name: "request-merge", path: "/a/merge-due-dates" },
  { name: "request-ended", path: "/a/merge-fix-the-flaky-login-test" },
  { name: "sessions", path: "/s" },
  { name: "sessions-empty", path: "/s", gallery: { empty: true } },
  { name: "session", path: "/s/add-due-dates" },
  { name: "session-asking", path: "/s/search-index" },
  { name: "session-working", path: "/s/split-the-api-client" },
  { name: "session-waiting-for-child", path: "/s/offline-drafts" },
  { name: "session-failed", path: "/s/upgrade-to-vite-8" },
  { name: "session-parked", path: "/s/cli-reference-pages" },
  { name: "session-merged", path: "/s/fix-the-flaky-login-test" },
  { name: "session-idle", path: "/s/explain-the-sync-protocol" },
  { name: "changes", path: "/s/add-due-dates/changes" },
  { name: "files", path: "/s/add-due-dates/files" },
  { name: "file", path: "/s/add-due-dates/files?path=src%2Fdue.ts&line=14" },
  { name: "terminal", path: "/s/add-due-dates/terminal" },
  { name: "new", path: "/new" },
  { name: "reviews", path: "/reviews" },
  { name: "cost", path: "/cost" },
  { name: "agents", path: "/agents" },
  { name: "policies", path: "/policies" },
  { name: "hosts", path: "/hosts" },
  { name: "settings", path: "/settings" },
  { name: "nowhere", path: "/nowhere" },
];

export const lookName = ({ device, scheme }: Look): string => `${device}-${scheme}`;

/** A look at a screen, ready to be pictured. The caller closes it. */
export interface ShownScreen extends OpenPage {
  /** As a PNG, with everything that moves standing still. */
  picture(): Promise<Buffer>;
}

/** Shows screens of the app. Galleries are opened as they are needed and closed with it. */
export interface Stage {
  show(screen: Screen, look: Look): Promise<ShownScreen>;
  close(): Promise<void>;
}

export interface StageOptions {
  /** Pixels of a picture for each of the page's; one when left out. */
  scale?: number;
  /** One page for each look, which is quicker; what it keeps of a screen is forgotten before the next one. */
  reusePages?: boolean;
}

export function openStage(browser: Browser, { scale = 1, reusePages = false }: StageOptions = {}): Stage {
  const pages = new Map<string, OpenPage>();
  let shared: Promise<Gallery> | undefined;

  const pageFor = async (look: Look): Promise<OpenPage> => {
    const kept = pages.get(lookName(look));
    if (kept) return kept;
    const opened = await openPage(browser, { ...look, scale });
    if (reusePages) pages.set(lookName(look), opened);
    return opened;
  };

  return {
    async show({ path, prepare, tolerate = [], gallery: own }, look) {
      if (!own) shared ??= openGallery();
      const gallery = await (own || !shared ? openGallery(own) : shared);
      const opened = await pageFor(look);
      const { page } = opened;
      const before = opened.complaints().length;
      const complaints = () =>
        opened
          .complaints()
          .slice(before)
          .filter((one) => !tolerate.some((tolerated) => tolerated.test(one)));
      const close = async () => {
        if (!reusePages) await opened.close();
        else if (own) await page.goto("about:blank");
        if (own) await gallery.close();
      };
      try {
        if (page.url().startsWith(gallery.url))
          await page.evaluate(() => {
            localStorage.clear();
            sessionStorage.clear();
          });
        await page.goto(gallery.url + path);
        await settled(page);
        if (prepare) {
          await prepare(page, gallery);
          await settled(page);
        }
      } catch (error) {
        await close();
        throw error;
      }
      const picture = () => page.screenshot({ animations: "disabled", caret: "hide", scale: "device" });
      return { page, complaints, picture, close };
    },
    async close() {
      for (const page of pages.values()) await page.close();
      await (await shared)?.close();
    },
  };
}
