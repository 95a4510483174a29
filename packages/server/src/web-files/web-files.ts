/**
 * The web app: files from a folder, which hold no secret and need no credential. Everything that is not a file and looks like
 * a page is the app's one page, which knows its own addresses.
 */
import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "../api/endpoint.ts";
import { acceptedEncodings } from "./encodings.ts";
import { type WebFile, webFilesIn } from "./open-file.ts";
import { plainPage } from "./plain-page.ts";

/** Paths that are not the web app's: the API, and where browsers are signed in. */
const foreign = /^\/(v1|sign-in)(\/|$)/;

/**
 * What the app's pages may do: run and ask what comes from this server, and nothing else. Styles may stand in the page, since
 * the terminal, the code views and the layers over the page make style elements and attributes of their own; scripts may not.
 */
const pagePolicy = [
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

const headersOfAll = {
  "content-security-policy": pagePolicy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

/** Answers requests for the web app, and leaves all others to who comes next. */
export function serveWebFiles(folder: string): MiddlewareHandler<ApiEnv> {
  const open = webFilesIn(folder);
  return async ({ req }, next) => {
    if ((req.method !== "GET" && req.method !== "HEAD") || foreign.test(req.path)) return next();
    const found = req.path === "/" ? undefined : await open(req.path);
    if (found) return answer(req.path, found, (name) => req.header(name));
    if (!looksLikePage(req.path, req.header("accept")))
      return new Response("There is no such file.\n", {
        status: 404,
        headers: { ...headersOfAll, "cache-control": "no-store", "content-type": "text/plain" },
      });
    const page = await open("/index.html");
    return page ? answer("/index.html", page, (name) => req.header(name)) : notBuilt();
  };
}

/** An address of the app, as a person types or opens it. A hashed file that is gone is no page, whoever asks. */
function looksLikePage(path: string, accept = ""): boolean {
  if (path.startsWith("/assets/")) return false;
  const [, extension = ""] = /\.([^./]*)$/.exec(path) ?? [];
  return extension === "" || accept.includes("text/html");
}

async function answer(
  path: string,
  file: WebFile,
  header: (name: string) => string | undefined,
): Promise<Response> {
  const [encoding] = acceptedEncodings(header("accept-encoding"));
  const packed = encoding && (await file.packed(encoding));
  // Each encoding is a representation of its own.
  const tag = `"${file.tag}${packed ? `-${encoding}` : ""}"`;
  const headers = {
    ...headersOfAll,
    // The names below assets/ change with what is in them.
    "cache-control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    "content-type": file.type,
    etag: tag,
    vary: "accept-encoding",
    // Beside the page, it rules all addresses of the app.
    ...(path === "/sw.js" && { "service-worker-allowed": "/" }),
  };
  if (isKnown(tag, header("if-none-match"))) return new Response(null, { status: 304, headers });
  const bytes = packed ?? file.bytes;
  return new Response(new Uint8Array(bytes), {
    headers: {
      ...headers,
      "content-length": String(bytes.length),
      ...(packed && { "content-encoding": encoding }),
    },
  });
}

const isKnown = (tag: string, known = ""): boolean =>
  known.split(",").some((one) => ["*", tag].includes(one.trim().replace(/^W\//, "")));

const notBuilt = (): Response =>
  plainPage(
    503,
    "The web app is not built",
    "Tutti runs, but the files of its web app are not there. In the checkout, run <code>npm run build</code>, and load this page again.",
  );
