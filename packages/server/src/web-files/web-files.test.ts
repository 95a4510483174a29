import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestServer, testServer } from "../testing.ts";

let folder: string;
let server: TestServer;
const script = `console.log("tutti");\n`.repeat(200);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tutti-web-"));
  const web = path.join(folder, "web");
  await mkdir(path.join(web, "assets"), { recursive: true });
  await mkdir(path.join(folder, "web-secret"));
  const write = (name: string, content: string | Buffer) => writeFile(path.join(folder, name), content);
  await write("web/index.html", "<!doctype html><title>Tutti</title>");
  await write("web/sw.js", "self");
  await write("web/manifest.webmanifest", "{}");
  await write("web/.hidden", "hidden");
  await write("web/assets/main-1a2b.js", script);
  await write("web/assets/packed-1a2b.js", script);
  await write("web/assets/packed-1a2b.js.br", "packed by the build");
  await write("web/assets/font-1a2b.woff2", Buffer.alloc(4_096));
  await write("web-secret/key.txt", "secret");
  await write("outside.txt", "secret");
  await symlink(path.join(folder, "outside.txt"), path.join(web, "link.txt"));
  await symlink(folder, path.join(web, "up"));
  server = await testServer({ port: 0, webFolder: web });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Asks for a path exactly as it is spelled. */
async function ask(to: string, headers: Record<string, string> = {}, method = "GET", from = server) {
  const { port } = new URL(from.running.url ?? "");
  const asked = request({ host: "127.0.0.1", port, path: to, method, headers, agent: false });
  asked.end();
  const [answer]: IncomingMessage[] = await once(asked, "response");
  if (!answer) throw new Error("no answer");
  const bytes = Buffer.concat(await answer.toArray());
  return { status: answer.statusCode, headers: answer.headers, bytes, text: bytes.toString() };
}

test("files need no credential, and the API does", async () => {
  const page = await ask("/");
  expect(page).toMatchObject({ status: 200, text: "<!doctype html><title>Tutti</title>" });
  expect(page.headers).toMatchObject({
    "cache-control": "no-cache",
    "content-type": "text/html; charset=utf-8",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  });
  const policy = page.headers["content-security-policy"];
  expect(policy).toMatch(/^default-src 'none'; script-src 'self';.*frame-ancestors 'none'$/);
  expect(page.headers["permissions-policy"]).toBe("camera=(), geolocation=(), microphone=()");
  expect((await ask("/v1/sessions")).status).toBe(401);
  expect((await ask("/v1")).status).toBe(401);
  expect((await ask("/", {}, "POST")).status).toBe(401);
  expect((await ask("/", { host: "evil.example" })).status).toBe(421);
});

test("addresses of the app are its page; files that are missing are not", async () => {
  for (const to of ["/inbox", "/s/request-1", "/s/request-1/", "/index.html"])
    expect(await ask(to)).toMatchObject({ status: 200, text: expect.stringContaining("<title>Tutti") });
  const html = { accept: "text/html,*/*" };
  expect((await ask("/s/a.b", html)).text).toContain("<title>Tutti");
  expect((await ask("/s/a.b")).status).toBe(404);
  for (const headers of [{}, html]) expect((await ask("/assets/gone-1a2b.js", headers)).status).toBe(404);
});

test("hashed files are kept for ever, the others are asked for again", async () => {
  const asset = await ask("/assets/main-1a2b.js");
  expect(asset.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  expect(asset).toMatchObject({ status: 200, text: script });
  const worker = await ask("/sw.js");
  expect(worker.headers).toMatchObject({
    "cache-control": "no-cache",
    "content-type": "text/javascript; charset=utf-8",
    "service-worker-allowed": "/",
  });
  expect((await ask("/manifest.webmanifest")).headers["content-type"]).toBe("application/manifest+json");
  const { etag = "" } = worker.headers;
  const again = await ask("/sw.js", { "if-none-match": `"other", W/${etag}` });
  expect(again).toMatchObject({ status: 304, text: "" });
  expect(again.headers.etag).toBe(etag);
  await writeFile(path.join(folder, "web/sw.js"), "self, changed");
  expect(await ask("/sw.js", { "if-none-match": etag })).toMatchObject({
    status: 200,
    text: "self, changed",
  });
});

test("files come packed as the browser takes them", async () => {
  const to = "/assets/main-1a2b.js";
  const plain = await ask(to);
  const brotli = await ask(to, { "accept-encoding": "gzip, deflate, br;q=0.5" });
  expect(brotli.headers).toMatchObject({ "content-encoding": "br", vary: "accept-encoding" });
  expect(brotliDecompressSync(brotli.bytes).toString()).toBe(script);
  expect(brotli.headers["content-length"]).toBe(String(brotli.bytes.length));
  const gzip = await ask(to, { "accept-encoding": "gzip, br;q=0" });
  expect(gzip.headers["content-encoding"]).toBe("gzip");
  expect(gunzipSync(gzip.bytes).toString()).toBe(script);
  expect(new Set([plain, brotli, gzip].map(({ headers }) => headers.etag)).size).toBe(3);
  expect((await ask("/assets/packed-1a2b.js", { "accept-encoding": "br" })).text).toBe("packed by the build");
  const font = await ask("/assets/font-1a2b.woff2", { "accept-encoding": "br" });
  expect(font.headers["content-encoding"]).toBeUndefined();
  const head = await ask(to, { "accept-encoding": "br" }, "HEAD");
  expect(head).toMatchObject({ status: 200, text: "" });
  expect(head.headers.etag).toBe(brotli.headers.etag);
});

test("no path leads out of the folder", async () => {
  for (const to of [
    "/../outside.txt",
    "/%2e%2e/outside.txt",
    "/..%2foutside.txt",
    "/..%252foutside.txt",
    "/assets/..%2f..%2foutside.txt",
    "/%2e%2e%2fweb-secret%2fkey.txt",
    "/..%5coutside.txt",
    "/link.txt",
    "/up/outside.txt",
    "/.hidden",
    "/assets%00/x.txt",
    "/%E0%A4%A.txt",
    "//etc/passwd.txt",
  ]) {
    const found = await ask(to);
    expect(found.text, to).not.toMatch(/secret|hidden|root:/);
    expect(found.status, to).toBe(404);
  }
});

test("without its files it says how to build them, and the API goes on", async () => {
  await using bare = await testServer({ port: 0, webFolder: path.join(folder, "nothing") });
  const page = await ask("/", {}, "GET", bare);
  expect(page).toMatchObject({ status: 503, text: expect.stringContaining("npm run build") });
  expect(page.headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-/);
  expect((await bare.request("/v1/sessions")).status).toBe(200);
});
