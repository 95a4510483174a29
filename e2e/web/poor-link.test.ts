/** The phone on a poor link: answers that are not kept for later, the shell without a server, and messages while the app is closed. */
import { afterEach, expect } from "vitest";
import { type Gallery, openGallery } from "./gallery/index.ts";
import { inBrowser } from "./in-browser.ts";

let gallery: Gallery;
afterEach(() => gallery?.close());

const lost = [/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_INCOMPLETE|ERR_FAILED/];

inBrowser("an answer is not kept for later, and the app says so", async ({ open }) => {
  gallery = await openGallery();
  const page = await open(gallery.url, { device: "phone", tolerate: lost, clock: "real" });
  await page.goto("/a/ask-webhook-retries");
  await page.locator("[data-link='connected']").waitFor();
  const allow = page.getByRole("button", { name: "Allow once" });
  await allow.and(page.locator(":enabled")).waitFor();
  await gallery.stop();
  await page.getByText("No connection. An answer is not kept to be sent later.").waitFor();
  await allow.and(page.locator(":disabled")).waitFor();

  await gallery.start();
  await page.locator("[data-link='connected']").waitFor();
  await page.reload();
  await allow.waitFor();
  await allow.and(page.locator(":enabled")).waitFor();
});

inBrowser("without a server the app opens, and tells of messages that are pushed to it", async ({ open }) => {
  gallery = await openGallery();
  const page = await open(gallery.url, {
    device: "phone",
    tolerate: lost,
    clock: "real",
    serviceWorkers: "allow",
  });
  const context = page.context();
  await context.grantPermissions(["notifications"]);
  const protocol = await context.newCDPSession(page);
  const registered = new Promise<string>((resolve) =>
    protocol.on("ServiceWorker.workerVersionUpdated", ({ versions }) => {
      const active = versions.find(({ status }) => status === "activated");
      if (active) resolve(active.registrationId);
    }),
  );
  await protocol.send("ServiceWorker.enable");
  await page.goto("/inbox");
  const registrationId = await registered;

  const push = (message: object) =>
    protocol.send("ServiceWorker.deliverPushMessage", {
      ...{ origin: gallery.url, registrationId, data: JSON.stringify(message) },
    });
  const shown = () =>
    page.evaluate(async () => {
      const { getNotifications } = ServiceWorkerRegistration.prototype;
      const all = await getNotifications.call(await navigator.serviceWorker.ready);
      return all.map(({ title, body, tag }) => ({ title, body, tag }));
    });
  const message = { title: "Decide: run a command", body: "Webhook retries · todos", tag: "approval-a" };
  await push({ ...message, url: "/a/ask-webhook-retries" });
  await expect.poll(shown, { timeout: 60_000 }).toEqual([message]);
  await push({ close: "approval-a" });
  await expect.poll(shown, { timeout: 60_000 }).toEqual([]);

  await gallery.stop();
  await page.reload();
  await page.getByText("No connection to the server").waitFor();
  await gallery.start();
  await page.getByRole("button", { name: "Try again" }).tap();
  await page.getByRole("heading", { name: "Inbox" }).waitFor();
});
