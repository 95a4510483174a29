/** Terminals, from a person's WebSocket through the real server to a real shell on the real host. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { get } from "node:http";
import { join } from "node:path";
import { terminalCloses } from "@tutti/core";
import { tokenFile } from "@tutti/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClientOptions, WebSocket } from "ws";
import { openStage, type Stage } from "./stage.ts";
import { until } from "./terminal.ts";

let stage: Stage;
let token: string;
let own: string;
let cookie: string;

beforeAll(async () => {
  stage = await openStage({ environment: { SHELL: "/bin/bash", PS1: "$ " } });
  token = (await readFile(tokenFile(stage.stateFolder, "person"), "utf8")).trim();
  own = stage.url;
  const { path } = await stage.client.signInLink();
  // Not by fetch: a link is for a page of its own, and fetch says that it asks from another.
  const [signedIn] = await once(get(own + path), "response");
  signedIn.resume();
  cookie = signedIn.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
  for (;;) if ((await stage.client.hosts()).find(({ id }) => id === stage.hostId)?.connected) break;
});
afterAll(() => stage.close());

const address = (more: Record<string, string> = {}) => {
  const query = { host: stage.hostId, folder: stage.repository, columns: "100", rows: "30", ...more };
  return `${own.replace("http", "ws")}/v1/terminals?${new URLSearchParams(query)}`;
};

/** A person at a terminal. */
function sit(more: Record<string, string> = {}, options: ClientOptions = {}) {
  const socket = new WebSocket(address(more), { headers: { authorization: `Bearer ${token}` }, ...options });
  let shown = "";
  const controls: unknown[] = [];
  socket.on("message", (data, isBinary) => {
    if (isBinary) shown = (shown + data.toString()).slice(-100_000);
    else controls.push(JSON.parse(data.toString()));
    socket.emit("shown");
  });
  return {
    socket,
    controls,
    type: (text: string) => socket.send(Buffer.from(text)),
    tell: (control: object) => socket.send(JSON.stringify(control)),
    /** The last of what was shown, once it matches. */
    async shows(pattern: RegExp): Promise<RegExpExecArray> {
      for (;;) {
        const found = pattern.exec(shown);
        if (found) return found;
        await once(socket, "shown");
      }
    },
    closed: once(socket, "close").then(([code, reason]) => ({ code, reason: String(reason) })),
  };
}

/** With which status a handshake was refused. */
async function refused(options: ClientOptions, more: Record<string, string> = {}): Promise<number> {
  const socket = new WebSocket(address(more), options);
  socket.on("error", () => {});
  const [, answer] = await once(socket, "unexpected-response");
  socket.terminate();
  return answer.statusCode;
}

const isGone = async (pid: string) =>
  readFile(`/proc/${pid}/stat`, "utf8").then(
    (stat) => stat.includes(") Z "),
    () => true,
  );

test("a shell answers in its folder, follows the window's size and ends with its code", async () => {
  const terminal = sit();
  await once(terminal.socket, "open");
  terminal.type("pwd; tty; echo $TERM; stty size\r");
  await terminal.shows(/\/dev\/(pts|tty)[\s\S]*xterm-256color\r\n30 100\r\n/);
  await terminal.shows(new RegExp(stage.repository));
  terminal.tell({ type: "resize", columns: 61, rows: 17 });
  terminal.type("stty size\r");
  await terminal.shows(/17 61\r\n/);
  terminal.type("exit 7\r");
  expect(await terminal.closed).toMatchObject({ code: terminalCloses.done });
  expect(terminal.controls).toEqual([{ type: "exit", code: 7 }]);

  // The end is written when it is told.
  const kinds = await until(async () => {
    const { rows } = await stage.client.audit({ limit: 1_000 });
    const told = rows.filter(({ kind }) => kind.startsWith("terminal."));
    return told.length > 1 && told.map(({ kind, body }) => [kind, body]);
  });
  expect(kinds).toEqual([
    ["terminal.opened", expect.stringContaining(stage.repository)],
    ["terminal.ended", expect.stringContaining('"exit":7')],
  ]);
  expect(JSON.stringify(kinds)).not.toContain("stty");
  expect(await stage.client.auditVerification()).toMatchObject({ ok: true });
});

test("what was started in a terminal ends with it, also what hides from its hang-up", async () => {
  const terminal = sit();
  await once(terminal.socket, "open");
  terminal.type("echo shell=$$; sleep 1000 & setsid nohup sleep 1001 >/dev/null 2>&1 & ");
  terminal.type(
    "until pgrep -f 'sleep 1001$' >/dev/null; do :; done; echo pids=$(pgrep -d, -f 'sleep 100[01]$')=\r",
  );
  const [, shell = ""] = await terminal.shows(/shell=(\d+)\r/);
  const [, all = ""] = await terminal.shows(/pids=([\d,]+)=\r/);
  expect(all.split(",").length).toBeGreaterThanOrEqual(2);
  terminal.socket.close();
  for (const pid of [shell, ...all.split(",")]) while (!(await isGone(pid)));
});

test("much output passes whole, also to who stops reading for a while", async () => {
  const terminal = sit();
  await once(terminal.socket, "open");
  terminal.type("stty -echo; echo rea''dy\r");
  await terminal.shows(/ready/);
  terminal.socket.pause();
  terminal.type("seq 1 2000000; echo do''ne\r");
  // Meanwhile the server serves everybody else.
  for (let index = 0; index < 50; index += 1) await stage.client.health();
  terminal.socket.resume();
  await terminal.shows(/\r\n1999999\r\n2000000\r\ndone/);
  terminal.type("exit\r");
  await terminal.closed;
});

test("a page of this server may open one by its cookie, another page and nobody else", async () => {
  const terminal = sit({}, { headers: { cookie }, origin: own });
  await once(terminal.socket, "open");
  terminal.type("echo by-coo''kie\r");
  await terminal.shows(/by-cookie/);

  expect(await refused({ headers: { cookie }, origin: "http://evil.example" })).toBe(403);
  expect(await refused({ headers: { cookie } })).toBe(403);
  expect(await refused({ headers: { cookie, "sec-fetch-site": "same-origin" } })).toBe(403);
  expect(await refused({ headers: { cookie, host: "evil.example" }, origin: "http://evil.example" })).toBe(
    421,
  );
  expect(await refused({})).toBe(401);
  expect(await refused({ headers: { authorization: "Bearer wrong" } })).toBe(401);
  const host = (await readFile(tokenFile(stage.stateFolder, "runner"), "utf8")).trim();
  expect(await refused({ headers: { authorization: `Bearer ${host}` } })).toBe(403);
  expect(await refused({ headers: { authorization: `Bearer ${token}` } }, { rows: "0" })).toBe(422);
  const plain = await fetch(address().replace("ws", "http"), {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(plain.status).toBe(426);

  // Who is signed out is out at once.
  const [signIn] = await stage.client.signIns();
  await stage.client.revokeSignIn(signIn?.id ?? "");
  expect(await terminal.closed).toMatchObject({ code: 1006 });
});

test("what stands in the way is told by the close", async () => {
  const nowhere = sit({ folder: join(stage.folder, "nowhere") });
  expect(await nowhere.closed).toMatchObject({
    code: terminalCloses.unavailable,
    reason: expect.stringContaining("is no folder"),
  });
  expect(await sit({ host: "another" }).closed).toMatchObject({
    code: terminalCloses.unavailable,
    reason: "there is no machine another",
  });
  const nonsense = sit();
  await once(nonsense.socket, "open");
  nonsense.tell({ type: "exit", code: 0 });
  expect(await nonsense.closed).toMatchObject({ code: terminalCloses.malformed });
});

test("twenty are open at once and no more; all end with the server", async () => {
  const all = Array.from({ length: 20 }, () => sit());
  for (const one of all) {
    if (one.socket.readyState !== WebSocket.OPEN) await once(one.socket, "open");
    one.type("echo he''re\r");
  }
  for (const one of all) await one.shows(/here/);
  expect(await sit().closed).toMatchObject({ reason: expect.stringContaining("20 terminals") });
  await stage.stopServer();
  for (const one of all) expect(await one.closed).toMatchObject({ code: terminalCloses.stopping });
});
