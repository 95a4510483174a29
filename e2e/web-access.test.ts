/** How a browser comes to the app: links at the start, addresses of the network, HTTPS. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { request } from "node:https";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { build, type Home, line, openHome } from "./terminal.ts";

let home: Home;
beforeAll(build, 120_000);
beforeEach(async () => {
  home = await openHome();
});
afterEach(() => home.close());

const start = (...args: string[]) => {
  const supervisor = home.start("serve", "--port", "0", ...args);
  supervisor.stderr?.resume();
  return supervisor;
};

/** Opens an address as a browser's page does, and does not go on from there. */
async function open(url: string): Promise<{ status: number | undefined; location: string | undefined }> {
  const [answer]: IncomingMessage[] = await once(get(url, { agent: false }), "response");
  answer?.resume();
  return { status: answer?.statusCode, location: answer?.headers.location };
}

it("prints a link that opens the app where it is wanted, once", async () => {
  const supervisor = start("--lan");
  const ready = await line(supervisor.stdout, /Open it in a browser: .*\n/);
  const [, link = ""] = /Open it in a browser: (\S+)/.exec(ready) ?? [];
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/sign-in\?code=tutti_code_/);
  expect(await open(link)).toEqual({ status: 303, location: "/" });
  expect((await open(link)).status).toBe(410);
  expect(readFileSync(join(home.folder, "state/serve.log"), "utf8")).not.toContain("tutti_code_");

  const { url } = (await home.json("link", "--open", "/s/request-1", "--json")) as { url: string };
  expect((await open(url)).location).toBe("/s/request-1");

  const phone = await home.tutti("link", "--lan");
  // A machine without a network has nothing to show.
  if (phone.code === 0) {
    expect(phone.stdout).toMatch(/^http:\/\/\d+\.\d+\.\d+\.\d+:\d+\/sign-in\?code=tutti_code_[\w-]{43}\n$/);
    expect(phone.stdout).not.toContain("127.0.0.1");
    expect(phone.stderr).toMatch(/█[▀▄ █]+█\n/);
    expect(phone.stderr).toContain("docs/web-access.md");
    expect((await open(phone.stdout.trim())).status).toBe(303);
  } else expect(phone.stderr).toContain("no address in a network");
});

it("tells programs the same, and shows the way to a session's page", async () => {
  const { url, link, lan } = JSON.parse(await line(start("--json").stdout, /\n/));
  expect(link.startsWith(`${url}/sign-in?code=`)).toBe(true);
  expect(lan).toBeUndefined();
  expect(await home.tutti("link", "--lan")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("tutti serve --lan"),
  });
  const run = (await home.json("run", "duo", "run a long command", "--detach", "--json")) as {
    session: string;
    link: string;
  };
  expect(run.link).toBe(`${url}/s/${run.session}`);
});

it("speaks HTTPS with a certificate, and says what is wrong with one", async () => {
  const folder = join(home.folder, "tls");
  mkdirSync(folder);
  const make = (name: string) => {
    const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
    const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    execFileSync("openssl", ["req", ...kind, ...names, "-keyout", key, "-out", cert], { stdio: "ignore" });
    return { cert, key };
  };
  const [own, other] = [make("own"), make("other")];
  const bad = async (...args: string[]) => (await home.tutti("serve", ...args)).stderr;
  expect(await bad("--tls-cert", own.cert)).toMatch(/both --tls-cert and --tls-key/);
  expect(await bad("--tls-cert", own.cert, "--tls-key", other.key)).toMatch(/is not that of the certificate/);
  expect(await bad("--tls-cert", own.cert, "--tls-key", "nothing.key")).toMatch(
    /nothing\.key cannot be read/,
  );
  writeFileSync(join(folder, "empty"), "");
  expect(await bad("--tls-cert", join(folder, "empty"), "--tls-key", own.key)).toMatch(/no certificate/);
  expect(await bad("--host-name", "a name")).toMatch(/is no name/);
  expect(await bad("--lan", "--host", "127.0.0.2")).toMatch(/--lan or --host/);
  expect((await home.tutti("status")).code).toBe(3);

  const supervisor = start("--tls-cert", own.cert, "--tls-key", own.key, "--json");
  const { link } = JSON.parse(await line(supervisor.stdout, /\n/));
  expect(link).toMatch(/^https:\/\/localhost:\d+\/sign-in/);
  const asked = request(link, { ca: readFileSync(own.cert), agent: false });
  asked.end();
  const [answer]: IncomingMessage[] = await once(asked, "response");
  expect(answer?.statusCode).toBe(303);
  expect(answer?.headers["set-cookie"]?.[0]).toMatch(/^__Host-tutti-\d+=.*; Secure/);
  answer?.resume();
});
