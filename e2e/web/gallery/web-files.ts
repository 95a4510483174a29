/** The built web app's files, under the headers that the product gives them. */
import { createReadStream, existsSync, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";

/** As strict as the product's. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "worker-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
};

/** Answers with the file of a path; a path that looks like a page is the app's own page. */
export function serveFile(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? "/", "http://gallery");
  const asked = path.join(folder, decodeURIComponent(pathname));
  const isInside = asked === folder || asked.startsWith(folder + path.sep);
  const isFile = isInside && existsSync(asked) && statSync(asked).isFile();
  const isPage = path.extname(pathname) === "" || request.headers.accept?.includes("text/html") === true;
  const file = isFile ? asked : isPage ? path.join(folder, "index.html") : undefined;
  if (file === undefined || !existsSync(file)) {
    response.writeHead(file === undefined ? 404 : 503, { "content-type": "text/plain; charset=utf-8" });
    response.end(file === undefined ? `there is no ${pathname}` : `${folder} holds no app: build it first\n`);
    return;
  }
  response.writeHead(200, {
    "content-type": types[path.extname(file)] ?? "application/octet-stream",
    "cache-control": pathname.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    "content-security-policy": contentSecurityPolicy,
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  });
  if (request.method === "HEAD") response.end();
  else createReadStream(file).pipe(response);
}
