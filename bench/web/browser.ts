/** Pages of the app as somebody sees them who was never here: nothing cached, nothing warm but the server. */
import { once } from "node:events";
import { get } from "node:http";
import { createClient } from "@tutti/client";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { openPage as openAny, openBrowser, type PageOptions } from "../../e2e/web/browser.ts";
import { type Gallery, type GalleryOptions, openGallery } from "../../e2e/web/gallery/index.ts";
import type { Tutti } from "../tutti.ts";

/** Where the app is, and what a browser shows to be let in. */
export interface Site {
  url: string;
  cookie?: Parameters<BrowserContext["addCookies"]>[0][number];
}

/** Signs a browser in without opening a page. */
export async function siteOf({ url, personToken }: Tutti): Promise<Site> {
  const { path } = await createClient({ baseUrl: url, token: personToken }).signInLink();
  const [answer] = await once(get(url + path), "response");
  answer.resume();
  const [pair = ""] = (answer.headers["set-cookie"]?.[0] ?? "").split(";");
  const [name = "", value = ""] = pair.split("=");
  if (name === "") throw new Error(`the link did not sign in: ${answer.statusCode}`);
  return { url, cookie: { name, value, url, httpOnly: true, sameSite: "Strict" } };
}

/** A page in a context of its own. Its errors are the measurement's. */
export async function openPage(
  browser: Browser,
  { url, cookie }: Site,
  options: Pick<PageOptions, "serviceWorkers" | "motion"> = {},
) {
  const { page, complaints, close } = await openAny(browser, {
    ...{ url, clock: "real", motion: "no-preference" },
    ...options,
  });
  if (cookie) await page.context().addCookies([cookie]);
  return {
    page,
    async [Symbol.asyncDispose]() {
      await close();
      const heard = complaints();
      if (heard.length > 0) throw new Error(`the page complained: ${heard.join("; ")}`);
    },
  };
}

/** Shows a session, connected and drawn. */
export async function openSession(page: Page, session: string): Promise<void> {
  await page.goto(`/s/${session}`);
  await page.locator(".timeline li[data-index]").first().waitFor();
  await page.locator("footer").getByText(", connected").waitFor();
}

/** Ends with the scope that it is opened in. */
export async function browserFor(): Promise<{ browser: Browser } & AsyncDisposable> {
  const browser = await openBrowser();
  return { browser, [Symbol.asyncDispose]: () => browser.close() };
}

export async function galleryFor(options: GalleryOptions): Promise<{ gallery: Gallery } & AsyncDisposable> {
  const gallery = await openGallery(options);
  return { gallery, [Symbol.asyncDispose]: () => gallery.close() };
}
