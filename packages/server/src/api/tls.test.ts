import { once } from "node:events";
import { type IncomingMessage, request as requestPlainly } from "node:http";
import { request } from "node:https";
import { routes } from "@tutti/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestServer, testCertificate, testServer } from "../testing.ts";

let server: TestServer;
let ca: string;
beforeAll(async () => {
  const tls = await testCertificate();
  ca = tls.cert;
  server = await testServer({ port: 0, tls, hostNames: ["tutti.example.org"] });
});
afterAll(() => server[Symbol.asyncDispose]());

async function ask(to: string, headers: Record<string, string> = {}) {
  const asked = request(`${server.running.url}${to}`, { headers, ca, servername: "localhost", agent: false });
  asked.end();
  const [answer]: IncomingMessage[] = await once(asked, "response");
  answer?.resume();
  return { status: answer?.statusCode, headers: answer?.headers };
}

test("a port with a certificate speaks HTTPS alone, and its cookies are for HTTPS alone", async () => {
  expect(server.running.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const made = await server.request("/v1/sign-in-links", { method: "POST" });
  const { headers } = await ask(routes.signInLink.output.parse(await made.json()).path);
  const [cookie = ""] = headers?.["set-cookie"] ?? [];
  const port = new URL(server.running.url ?? "").port;
  expect(cookie).toMatch(new RegExp(`^__Host-tutti-${port}=.*; Secure`));
  const [pair = ""] = cookie.split(";");
  expect((await ask("/v1/sessions", { cookie: pair })).status).toBe(200);
  const plain = requestPlainly(`http://127.0.0.1:${port}/`, { agent: false });
  plain.end();
  await expect(once(plain, "response")).rejects.toThrow();
});

test("it may be asked for by the names that it was given, and by no others", async () => {
  expect((await ask("/v1/health", { host: "tutti.example.org" })).status).toBe(401);
  expect((await ask("/v1/health", { host: "TUTTI.example.org:8443" })).status).toBe(401);
  expect((await ask("/v1/health", { host: "other.example.org" })).status).toBe(421);
});
