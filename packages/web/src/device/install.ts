/** This device and the app: the worker behind it, installing it, and messages that reach it while it is closed. */
import type { Client } from "@tutti/client";

/** Why this page may not be installed or be sent messages; undefined where it may. */
export function deviceHindrance(): string | undefined {
  if (!globalThis.isSecureContext)
    return "This page came without TLS. Installing, notifications and the device's own check need it: see --tls-cert, or use a tunnel.";
  if (!("serviceWorker" in navigator)) return "This browser has no service workers.";
  return undefined;
}

export function pushHindrance(): string | undefined {
  const hindrance = deviceHindrance();
  if (hindrance !== undefined) return hindrance;
  if (!("PushManager" in globalThis) || !("Notification" in globalThis))
    return "This browser takes no push messages here. On an iPhone, add the app to the home screen first.";
  if (Notification.permission === "denied")
    return "Notifications are switched off for this page in the browser.";
  return undefined;
}

/** Begins the worker, once the page has what it needs. Without one the app works all the same. */
export function registerWorker(): void {
  if (deviceHindrance() !== undefined || import.meta.env.DEV) return;
  const begin = () => void navigator.serviceWorker.register("/sw.js").catch(() => {});
  if (document.readyState === "complete") begin();
  else window.addEventListener("load", begin, { once: true });
}

/** Whether messages reach this device. */
export async function isSubscribed(): Promise<boolean> {
  if (pushHindrance() !== undefined) return false;
  const registration = await navigator.serviceWorker.getRegistration();
  return ((await registration?.pushManager.getSubscription()) ?? null) !== null;
}

/** Asks the person and the browser's push service, and tells the server. Throws with why it could not. */
export async function subscribe(client: Client): Promise<void> {
  const { pushKey } = await client.self();
  if ((await Notification.requestPermission()) !== "granted")
    throw new Error("The browser was not allowed to show notifications.");
  const registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: pushKey,
  });
  const { endpoint, keys } = subscription.toJSON();
  if (endpoint === undefined || !keys?.p256dh || !keys.auth)
    throw new Error("The browser's push service gave no address.");
  await client.pushSubscribe({ endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } });
}

export async function unsubscribe(client: Client): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager.getSubscription();
  if (!subscription) return;
  await client.pushUnsubscribe(subscription.endpoint);
  await subscription.unsubscribe();
}

/** What a browser gives that offers to install the app. */
interface InstallOffer extends Event {
  prompt(): Promise<unknown>;
}

let offer: InstallOffer | undefined;
let listeners: (() => void)[] = [];

window.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer = event as InstallOffer;
  for (const listener of listeners) listener();
});

/** The browser's offer to install the app, for `useSyncExternalStore`; undefined where there is none now. */
export const installOffer = {
  get: (): (() => Promise<unknown>) | undefined => offer && prompt,
  subscribe(listener: () => void): () => void {
    listeners = [...listeners, listener];
    return () => {
      listeners = listeners.filter((one) => one !== listener);
    };
  },
};

const prompt = async (): Promise<unknown> => offer?.prompt();
