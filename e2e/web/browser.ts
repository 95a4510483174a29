/**
 * The browser that the web app's tests drive: the machine's own Chromium, with a fresh context for every page, fixed clock,
 * language and zone, and an ear for everything that a page complains about.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page, type Request } from "playwright-core";
import { now } from "./gallery/index.ts";

/** What a page is looked at with. */
export interface Look {
  device: keyof typeof devices;
  scheme: "light" | "dark";
}

const touch = { isMobile: true, hasTouch: true };
export const devices = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, ...touch },
  /** The narrowest phone that is in use. */
  narrow: { viewport: { width: 360, height: 740 }, ...touch },
} as const;

/** Light and dark, on the desktop and on the phone. */
export const looks: readonly Look[] = (["desktop", "phone"] as const).flatMap((device) =>
  (["light", "dark"] as const).map((scheme) => ({ device, scheme })),
);

export interface PageOptions extends Partial<Look> {
  /** What paths are relative to: where the app is served. */
  url?: string;
  /** Pixels of the picture for each of the page's; one when left out. */
  scale?: number;
  /** Whether the page is asked to hold still; it is unless this says otherwise. */
  motion?: "reduce" | "no-preference";
  /** Service workers are kept away unless a test is about them. */
  serviceWorkers?: "allow" | "block";
  /** The page's clock stands at the gallery's present unless this says otherwise. */
  clock?: "gallery" | "real";
  /** Complaints that the test brings about on purpose. */
  tolerate?: readonly RegExp[];
}

export interface OpenPage {
  page: Page;
  /** Errors on the console and in scripts, requests that failed, and breaches of the content security policy. */
  complaints(): string[];
  close(): Promise<void>;
}

/** Where the browser is, or how a person gets one. */
export const installed = ((): { path: string; missing?: never } | { path?: never; missing: string } => {
  const script = fileURLToPath(new URL("../../scripts/chromium.mjs", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    encoding: "utf8",
    timeout: 30_000,
  });
  return status === 0 ? { path: stdout.trim() } : { missing: stderr.trim() };
})();

/** The caller closes it. */
export function openBrowser(): Promise<Browser> {
  if (installed.path === undefined) throw new Error(installed.missing);
  return chromium.launch({
    executablePath: installed.path,
    args: [
      // Root has no sandbox to start in.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Letters look the same on every machine with these fonts.
      "--font-render-hinting=none",
      "--disable-lcd-text",
      "--force-color-profile=srgb",
    ],
  });
}

/** Opens an empty page in a context of its own. */
export async function openPage(browser: Browser, options: PageOptions = {}): Promise<OpenPage> {
  const { device = "desktop", scheme = "light", scale = 1, motion = "reduce" } = options;
  const context = await browser.newContext({
    ...devices[device],
    ...(options.url !== undefined && { baseURL: options.url }),
    colorScheme: scheme,
    deviceScaleFactor: scale,
    reducedMotion: motion,
    locale: "en-GB",
    timezoneId: "UTC",
    serviceWorkers: options.serviceWorkers ?? "block",
  });
  // A test's own limit is the one that ends it.
  context.setDefaultTimeout(0);
  const heard = await listen(context, options.tolerate ?? []);
  count(context);
  const page = await context.newPage();
  if (options.clock !== "real") await page.clock.setFixedTime(now);
  return { page, complaints: () => [...heard], close: () => context.close() };
}

/** What a screen's content waits for. Of a shared worker's script, the browser never tells that it has come. */
const awaited: readonly string[] = ["fetch", "xhr", "font", "image", "stylesheet"];

/** Such requests of a context that are under way; streams, which never end, are none of them. */
const underWay = new WeakMap<BrowserContext, Set<Request>>();

function count(context: BrowserContext): void {
  const pending = new Set<Request>();
  underWay.set(context, pending);
  context.on("request", (request) => {
    if (awaited.includes(request.resourceType()) && !/\/events\b/.test(request.url())) pending.add(request);
  });
  context.on("requestfinished", (request) => pending.delete(request));
  context.on("requestfailed", (request) => pending.delete(request));
}

async function listen(context: BrowserContext, tolerate: readonly RegExp[]): Promise<readonly string[]> {
  const heard: string[] = [];
  const complain = (text: string) => {
    if (!tolerate.some((tolerated) => tolerated.test(text))) heard.push(text);
  };
  context.on("console", (message) => {
    if (message.type() === "error") complain(`console: ${message.text()}`);
  });
  context.on("weberror", (error) => complain(`script: ${error.error().message}`));
  context.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "failed";
    // A page that is left ends its streams.
    if (reason !== "net::ERR_ABORTED") complain(`request: ${request.url()}: ${reason}`);
  });
  context.on("response", (response) => {
    if (response.status() >= 400) complain(`request: ${response.url()}: ${response.status()}`);
  });
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      console.error(`content security policy: ${violatedDirective} forbids ${blockedURI}`),
    );
  });
  return heard;
}

/** How often a page is looked at whether it has settled, at most, a frame apart. */
const patience = 3_000;

/** Resolves when fonts are there, nothing is loading, and the page has held still for some frames; rejects when that doesn't come. */
export async function settled(page: Page): Promise<void> {
  const pending = underWay.get(page.context());
  const isLoading = () =>
    page.evaluate(async () => {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const unfinished = ".skeleton, [aria-busy='true'], [data-link='connecting']";
      return document.fonts.status !== "loaded" || document.querySelector(unfinished) !== null;
    });
  await page.waitForLoadState("load");
  for (let frame = 0; frame < patience; frame += 1) {
    if ((await isLoading()) || (pending?.size ?? 0) > 0) continue;
    await holdsStill(page);
    // What came meanwhile may have brought something that is still on its way.
    if ((pending?.size ?? 0) === 0 && !(await isLoading())) return;
  }
  throw new Error(`${page.url()} did not settle`);
}

/** What never holds still is looked at as it is. */
const holdsStill = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    let frames = 0;
    const watching = new MutationObserver(() => {
      frames = 0;
    });
    watching.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    for (let all = 0; frames < 12 && all < 120; frames += 1, all += 1)
      await new Promise((resolve) => requestAnimationFrame(resolve));
    watching.disconnect();
  });
