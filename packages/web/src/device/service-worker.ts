/**
 * The worker behind the installed app: keeps the shell, so that the app opens on a poor link, and shows what is pushed.
 *
 * Nothing of the API is kept: what a person sees of their sessions comes from the server, and an answer is never stored to
 * be sent later. It stands alone in its file, as browsers load it by its address.
 */
const scope = globalThis as unknown as ServiceWorkerGlobalScope;

/** The files of the shell; the build puts the list here. */
declare const SHELL: readonly string[];
/** Changes with every build. */
declare const SHELL_VERSION: string;

const cacheName = `shell-${SHELL_VERSION}`;
/** How long a page's first answer may take before the kept shell is shown, in milliseconds. */
const patienceMs = 2_500;

scope.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(cacheName)
      .then((cache) => cache.addAll(SHELL.map((path) => new Request(path, { cache: "reload" }))))
      .then(() => scope.skipWaiting()),
  );
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(names.filter((name) => name !== cacheName).map((name) => caches.delete(name))),
      )
      .then(() => scope.clients.claim()),
  );
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== scope.location.origin) return;
  if (pathname.startsWith("/v1/") || pathname === "/sign-in") return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (SHELL.includes(pathname)) event.respondWith(kept(request));
});

/** The server's page while it answers in time; else the kept one. */
async function page(request: Request): Promise<Response> {
  const shell = await caches.match("/", { cacheName });
  if (!shell) return fetch(request);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), patienceMs);
  try {
    const answer = await fetch(request, { signal: late.signal });
    return answer.status >= 500 ? shell : answer;
  } catch {
    return shell;
  } finally {
    clearTimeout(timer);
  }
}

const kept = async (request: Request): Promise<Response> =>
  (await caches.match(request, { cacheName })) ?? fetch(request);

/** What the server pushes: something that needs the person, or the end of it. */
interface Pushed {
  title?: unknown;
  body?: unknown;
  /** A path of this app. */
  url?: unknown;
  tag?: unknown;
  /** The tag of a notification that is over. */
  close?: unknown;
}

scope.addEventListener("push", (event) => {
  const pushed = read(event.data);
  if (pushed) event.waitUntil(typeof pushed.close === "string" ? close(pushed.close) : show(pushed));
});

function read(data: PushMessageData | null): Pushed | undefined {
  try {
    const pushed: unknown = data?.json();
    return typeof pushed === "object" && pushed !== null ? pushed : undefined;
  } catch {
    return undefined;
  }
}

async function show({ title, body, url, tag }: Pushed): Promise<void> {
  await scope.registration.showNotification(typeof title === "string" ? title : "Tutti", {
    icon: "/icon-192.png",
    badge: "/icon-192.png",
    data: { url: typeof url === "string" ? url : "/inbox" },
    ...(typeof body === "string" && { body }),
    ...(typeof tag === "string" && { tag }),
  });
}

async function close(tag: string): Promise<void> {
  for (const notification of await scope.registration.getNotifications({ tag })) notification.close();
}

scope.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const data: unknown = event.notification.data;
  const wanted =
    typeof data === "object" && data !== null && "url" in data && typeof data.url === "string"
      ? data.url
      : "/inbox";
  const address = new URL(wanted, scope.location.origin);
  // A message can open this app's own places alone.
  event.waitUntil(open(address.origin === scope.location.origin ? address.href : scope.location.origin));
});

async function open(address: string): Promise<void> {
  const windows = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  const [shown] = windows;
  if (!shown) {
    await scope.clients.openWindow(address);
    return;
  }
  await shown.focus();
  await shown.navigate(address).catch(() => scope.clients.openWindow(address));
}
