import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import type { ChildTree } from "../process/spawn.ts";

export type Service = "git-upload-pack" | "git-receive-pack";

/** What a request of a git client asks for. */
export type Route =
  | { kind: "advertise"; slug: string; service: Service }
  | { kind: "serve"; slug: string; service: Service }
  | { kind: "lfs"; slug: string; path: string }
  | { kind: "refused"; status: number; message: string };

/**
 * Reads a request. Only smart HTTP is known: two services, each with one advertisement and one exchange. Everything else (single
 * files, other services, other folders) is refused by its name alone and reaches no git.
 */
export function routeOf(method: string, target: string, contentType: string | undefined): Route {
  const refused = (status: number, message: string): Route => ({ kind: "refused", status, message });
  const [path = "", query = ""] = target.split("?", 2);
  const found = /^\/git\/([A-Za-z0-9][A-Za-z0-9._-]*?)(?:\.git)?\/([A-Za-z0-9/_.-]+)$/.exec(path);
  if (!found) return refused(404, "there is no such repository at this gate");
  const [, slug = "", rest = ""] = found;
  if (rest.startsWith("info/lfs/")) return { kind: "lfs", slug, path: rest.slice("info/lfs/".length) };
  if (rest === "info/refs") {
    const service = /^service=(git-upload-pack|git-receive-pack)$/.exec(query)?.[1];
    if (method !== "GET" || !isService(service))
      return refused(403, "this gate speaks git's smart HTTP alone: use a git that is not older than 1.6.6");
    return { kind: "advertise", slug, service };
  }
  if (!isService(rest)) return refused(403, "this gate serves fetch and push alone");
  if (method !== "POST") return refused(405, "use POST");
  if (contentType !== `application/x-${rest}-request`) return refused(415, "not a request of git");
  return { kind: "serve", slug, service: rest };
}

const isService = (word: string | undefined): word is Service =>
  word === "git-upload-pack" || word === "git-receive-pack";

/** Answers a git client so that it shows `message` as the remote's error. */
export function answerError(response: ServerResponse, service: Service, message: string): void {
  const error = packet(`ERR ${message}`);
  response.writeHead(200, {
    "Content-Type": `application/x-${service}-advertisement`,
    "Cache-Control": "no-cache",
  });
  response.end(`${packet(`# service=${service}\n`)}0000${error}`);
}

function packet(text: string): string {
  const cut = Buffer.from(text).subarray(0, 60_000).toString();
  return `${(Buffer.byteLength(cut) + 4).toString(16).padStart(4, "0")}${cut}`;
}

export function answerText(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" });
  response.end(`${message}\n`);
}

/** Answers a client of large files, which stops with these words. */
export function answerLargeFiles(response: ServerResponse, path: string): void {
  response.writeHead(path.startsWith("locks") ? 501 : 403, {
    "Content-Type": "application/vnd.git-lfs+json",
  });
  response.end(
    JSON.stringify({
      message:
        "Tutti's push gate carries git objects, not large files: leave these files to the user, or commit them without LFS",
    }),
  );
}

/** The environment that makes `git http-backend` serve one exchange; nothing in it is the client's own words. */
export function cgiVariables(request: IncomingMessage, service: Service, folder: string, advertise: boolean) {
  const { headers } = request;
  const slash = folder.lastIndexOf("/");
  const gzip = /^(x-)?gzip$/.test(headers["content-encoding"] ?? "");
  const length = headers["content-length"];
  const protocol = headers["git-protocol"];
  return {
    GIT_PROJECT_ROOT: folder.slice(0, slash),
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: `${folder.slice(slash)}/${advertise ? "info/refs" : service}`,
    QUERY_STRING: advertise ? `service=${service}` : "",
    REQUEST_METHOD: advertise ? "GET" : "POST",
    REMOTE_USER: "agent",
    CONTENT_TYPE: advertise ? "" : `application/x-${service}-request`,
    ...(length !== undefined && /^\d{1,15}$/.test(length) && { CONTENT_LENGTH: length }),
    ...(gzip && { HTTP_CONTENT_ENCODING: "gzip" }),
    ...(typeof protocol === "string" && /^version=[012]$/.test(protocol) && { GIT_PROTOCOL: protocol }),
  };
}

const HEAD_LIMIT = 64 * 1024;
const PASSED_HEADERS = new Set(["content-type", "cache-control", "expires", "pragma"]);

/**
 * Joins a client and a running `git http-backend`: the body goes in, the answer comes out, each as fast as the other side takes it.
 * Resolves when the answer is complete or one side is gone; it is the caller who ends the backend. `wasCut` says
 * whether the backend was ended before its time.
 */
export async function exchangeBodies(
  request: IncomingMessage,
  response: ServerResponse,
  backend: ChildTree,
  wasCut: () => boolean,
): Promise<void> {
  pipeline(request, backend.stdin, () => {});
  let head = Buffer.alloc(0);
  let started = false;
  try {
    for await (const chunk of backend.stdout as AsyncIterable<Buffer>) {
      let body = chunk;
      if (!started) {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf("\r\n\r\n");
        if (end < 0 && head.length > HEAD_LIMIT) break;
        if (end < 0) continue;
        started = true;
        response.socket?.setNoDelay(true);
        writeHead(response, head.subarray(0, end).toString("latin1"));
        body = head.subarray(end + 4);
      }
      if (isGone(response)) return;
      if (body.length > 0 && !response.write(body)) await drained(response);
    }
  } catch {
    // The backend's pipe broke: what is missing shows in an answer that has no end.
    response.destroy();
    return;
  }
  // An answer that was cut off must not look complete: a client would wait for the rest.
  if (wasCut()) response.destroy();
  else if (started) response.end();
  else answerText(response, 500, "git did not answer");
}

function writeHead(response: ServerResponse, head: string): void {
  const fields = head.split("\r\n").map((line) => {
    const colon = line.indexOf(":");
    return { name: line.slice(0, colon).toLowerCase(), value: line.slice(colon + 1).trim() };
  });
  const status = Number.parseInt(fields.find(({ name }) => name === "status")?.value ?? "200", 10);
  const passed = fields.filter(({ name }) => PASSED_HEADERS.has(name));
  response.writeHead(status, Object.fromEntries(passed.map(({ name, value }) => [name, value])));
  response.flushHeaders();
}

const isGone = (response: ServerResponse): boolean => response.destroyed || response.closed;

/** Resolves when the client takes more, or is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (isGone(response)) return resolve();
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}
