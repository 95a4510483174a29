import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type LentLogin, lendLogin, takeBackLogins } from "./login-copy.ts";

let folder: string;
let file: string;
let records: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), "tutti-login-")));
  file = path.join(folder, "home", "login.json");
  records = path.join(folder, "state", "logins");
  await mkdir(path.dirname(file));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const login = (token: string, expires = 0) => JSON.stringify({ token, expires });
const expiryOf = (content: string): number => JSON.parse(content).expires;
const copyOf = (session: string) => path.join(folder, "sessions", session, "login.json");
const read = (from: string) => readFile(from, "utf8");
/** As the vendors' CLIs do it. */
async function rotate(at: string, content: string) {
  await writeFile(`${at}.new`, content, { mode: 0o600 });
  await rename(`${at}.new`, at);
}
async function lend(session: string): Promise<LentLogin> {
  const lent = await lendLogin({ file, copy: copyOf(session), records, expiryOf });
  if (!lent) throw new Error("there is no login");
  return lent;
}

test("a copy is private, and a token that it got goes back with mode and place kept", async () => {
  await writeFile(file, login("a"), { mode: 0o640 });
  await chmod(file, 0o640);
  const lent = await lend("one");
  expect(await read(copyOf("one"))).toBe(login("a"));
  expect((await stat(copyOf("one"))).mode & 0o777).toBe(0o600);
  expect((await stat(path.dirname(copyOf("one")))).mode & 0o777).toBe(0o700);
  expect((await stat(records)).mode & 0o777).toBe(0o700);
  expect(await lent.takeBack()).toBe("same");
  await rotate(copyOf("one"), login("b"));
  expect(await lent.takeBack()).toBe("returned");
  expect(await read(file)).toBe(login("b"));
  expect((await stat(file)).mode & 0o777).toBe(0o640);
  expect(await readdir(path.dirname(file))).toEqual(["login.json"]);
  await writeFile(copyOf("one"), login("c"));
  expect(await lent.end()).toBe("returned");
  expect(await lent.end()).toBe("returned");
  expect(await read(file)).toBe(login("c"));
  await expect(lstat(copyOf("one"))).rejects.toThrow("ENOENT");
  expect((await readdir(records)).filter((name) => name.endsWith(".lent"))).toEqual([]);
});

test.runIf(process.getuid?.() === 0)("a file keeps its owner", async () => {
  const { chown } = await import("node:fs/promises");
  await writeFile(file, login("a"));
  await chown(file, 1234, 4321);
  const lent = await lend("one");
  await rotate(copyOf("one"), login("b"));
  await lent.end();
  expect(await stat(file)).toMatchObject({ uid: 1234, gid: 4321 });
  expect(await read(file)).toBe(login("b"));
});

test("the user's own change counts more than the session's, and reaches the copy", async () => {
  await writeFile(file, login("a"));
  const lent = await lend("one");
  await rotate(file, login("users"));
  expect(await lent.takeBack()).toBe("refreshed");
  expect(await read(copyOf("one"))).toBe(login("users"));
  await rotate(file, login("users again"));
  await rotate(copyOf("one"), login("later", 9e15));
  expect(await lent.takeBack()).toBe("refreshed");
  expect([await read(file), await read(copyOf("one"))]).toEqual([login("users again"), login("users again")]);
});

test("of two sessions' tokens the one that lasts longer stays", async () => {
  await writeFile(file, login("a", 1));
  const [one, two] = [await lend("one"), await lend("two")];
  await rotate(copyOf("one"), login("one", 3));
  await rotate(copyOf("two"), login("two", 2));
  expect([await one.takeBack(), await two.takeBack()]).toEqual(["returned", "refreshed"]);
  expect(await read(copyOf("two"))).toBe(login("one", 3));
  await rotate(copyOf("one"), login("one", 4));
  await rotate(copyOf("two"), login("two", 5));
  expect([await one.takeBack(), await two.takeBack()]).toEqual(["returned", "returned"]);
  expect(await one.takeBack()).toBe("refreshed");
  expect([await read(file), await read(copyOf("one"))]).toEqual([login("two", 5), login("two", 5)]);
});

test("a link of the user's is followed once and stays a link", async () => {
  const real = path.join(folder, "dotfiles.json");
  await writeFile(real, login("a"));
  await symlink(real, file);
  const lent = await lend("one");
  await rotate(copyOf("one"), login("b"));
  await lent.takeBack();
  expect((await lstat(file)).isSymbolicLink()).toBe(true);
  expect(await read(real)).toBe(login("b"));
  // What takes the real file's place later is not followed.
  const elsewhere = path.join(folder, "elsewhere.json");
  await rename(real, elsewhere);
  await symlink(elsewhere, real);
  await rotate(copyOf("one"), login("c"));
  await expect(lent.takeBack()).rejects.toThrow("no file any more");
  expect(await read(elsewhere)).toBe(login("b"));
});

test("what an agent puts in the copy's place goes nowhere", async () => {
  const other = path.join(folder, "other.json");
  await writeFile(file, login("a"));
  await writeFile(other, login("of another program"));
  const lent = await lend("one");
  const copy = copyOf("one");
  const tries: [string, () => Promise<unknown>][] = [
    ["a link", () => symlink(other, copy)],
    ["a folder", () => mkdir(copy)],
    ["half a file", () => writeFile(copy, '{"token":"b')],
    ["nothing", () => writeFile(copy, "")],
    ["no login", () => writeFile(copy, "[1]")],
    ["a flood", () => writeFile(copy, JSON.stringify({ token: "x".repeat(2 * 1024 * 1024) }))],
  ];
  for (const [what, place] of tries) {
    await rm(copy, { recursive: true, force: true });
    await place();
    expect([what, await lent.takeBack()]).toEqual([what, "unacceptable"]);
    expect(await read(file)).toBe(login("a"));
  }
  await rm(copy, { recursive: true, force: true });
  await once(spawn("mkfifo", [copy]), "close");
  expect(await lent.takeBack()).toBe("unacceptable");
  // In the place of its folder: neither read nor removed.
  await rename(path.dirname(copy), `${path.dirname(copy)}-away`);
  await symlink(path.dirname(file), path.dirname(copy));
  expect(await lent.takeBack()).toBe("unacceptable");
  expect(await lent.end()).toBe("unacceptable");
  expect(await read(file)).toBe(login("a"));
  expect(await read(other)).toBe(login("of another program"));
  await expect(lend("one")).rejects.toThrow("leads elsewhere");
});

test("what an adapter does not accept stays where it is", async () => {
  await writeFile(file, login("a"));
  const accepts = (before: string, after: string) => before.length === after.length;
  const lent = await lendLogin({ file, copy: copyOf("one"), records, accepts });
  await rotate(copyOf("one"), login("somebody else's"));
  expect(await lent?.takeBack()).toBe("unacceptable");
  expect(await read(file)).toBe(login("a"));
  const faulty = () => {
    throw new Error("no login at all");
  };
  const other = await lendLogin({ file, copy: copyOf("two"), records, accepts: faulty });
  await rotate(copyOf("two"), login("b"));
  expect(await other?.takeBack()).toBe("unacceptable");
});

test("a user's file that is just being written is left until it is whole", async () => {
  await writeFile(file, login("a"));
  const lent = await lend("one");
  await writeFile(file, '{"token":"b');
  expect(await lent.takeBack()).toBe("unacceptable");
  expect(await read(copyOf("one"))).toBe(login("a"));
  await rotate(copyOf("one"), login("c"));
  expect(await lent.takeBack()).toBe("unacceptable");
  await writeFile(file, login("b"));
  expect(await lent.takeBack()).toBe("refreshed");
  expect([await read(file), await read(copyOf("one"))]).toEqual([login("b"), login("b")]);
});

test("a user who logs out is logged out everywhere, and a new login comes to the session", async () => {
  await writeFile(file, login("a"));
  const lent = await lend("one");
  await unlink(file);
  await rotate(copyOf("one"), login("b"));
  expect(await lent.takeBack()).toBe("logged-out");
  await expect(lstat(copyOf("one"))).rejects.toThrow("ENOENT");
  await expect(lstat(file)).rejects.toThrow("ENOENT");
  expect(await lendLogin({ file, copy: copyOf("two"), records })).toBeUndefined();
  await writeFile(file, login("c"));
  expect(await lent.takeBack()).toBe("refreshed");
  expect(await read(copyOf("one"))).toBe(login("c"));
});

test("a copy that was left behind is taken back by whoever comes next", async () => {
  await writeFile(file, login("a"));
  await lend("one");
  await rotate(copyOf("one"), login("b"));
  await lend("one");
  expect([await read(file), await read(copyOf("one"))]).toEqual([login("b"), login("b")]);
  await rotate(copyOf("one"), login("c"));
  await takeBackLogins({ records });
  expect(await read(file)).toBe(login("c"));
  await expect(lstat(copyOf("one"))).rejects.toThrow("ENOENT");
  await takeBackLogins({ records });
});

test("whatever happens in whatever order, both sides hold the newest token that nobody's own change outranks", async () => {
  const sessions = ["one", "two"] as const;
  type Step = { do: "rotate" | "takeBack" | "relend"; session: "one" | "two" } | { do: "users" };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      do: fc.constantFrom("rotate" as const, "takeBack" as const, "relend" as const),
      session: fc.constantFrom(...sessions),
    }),
    fc.record({ do: fc.constant("users" as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      let count = 0;
      const fresh = () => login(`token ${++count}`, count);
      await rm(path.join(folder, "sessions"), { recursive: true, force: true });
      await rm(records, { recursive: true, force: true });
      let users = fresh();
      /** Whether the user's file holds what the user's own CLI wrote. */
      let usersOwn = true;
      await writeFile(file, users);
      const base = { one: users, two: users };
      const held = { one: users, two: users };
      const lent = { one: await lend("one"), two: await lend("two") };
      const settle = (session: "one" | "two") => {
        const rotated = held[session] !== base[session];
        const wins =
          rotated && (base[session] === users || (!usersOwn && expiryOf(held[session]) > expiryOf(users)));
        if (wins) {
          users = held[session];
          usersOwn = false;
        }
        held[session] = base[session] = users;
      };
      for (const one of steps) {
        if (one.do === "users") {
          users = fresh();
          usersOwn = true;
          await rotate(file, users);
          continue;
        }
        if (one.do === "rotate") {
          held[one.session] = fresh();
          await rotate(copyOf(one.session), held[one.session]);
          continue;
        }
        settle(one.session);
        if (one.do === "takeBack") await lent[one.session].takeBack();
        else lent[one.session] = await lend(one.session);
        expect([await read(file), await read(copyOf(one.session))]).toEqual([users, held[one.session]]);
      }
    }),
    { numRuns: 40 },
  );
});

test("many sessions of many processes at once leave one whole file", async () => {
  await writeFile(file, login("a", 0));
  const children = Array.from({ length: 4 }, (_, index) => child({ session: `s${index}`, turns: 10 }));
  for (const code of await Promise.all(children)) expect(code).toBe(0);
  expect(JSON.parse(await read(file)).token).toMatch(/^s\d of turn \d+$/);
  expect(await readdir(path.dirname(file))).toEqual(["login.json"]);
  expect((await readdir(records)).filter((name) => !name.endsWith(".returned"))).toEqual([]);
});

test("killed at any step, no token is lost and nothing is left in the way", async () => {
  for (let step = 1; ; step++) {
    await rm(path.join(folder, "sessions"), { recursive: true, force: true });
    await rm(records, { recursive: true, force: true });
    await writeFile(file, login("a"));
    const code = await child({ session: "one", turns: 1, killAt: step });
    const present = await read(file);
    expect(present).toMatch(/^\{"token":"(a|one of turn \d)","expires":\d+\}$/);
    const rotated = await read(copyOf("one")).catch(() => undefined);
    await takeBackLogins({ records });
    // What the session's CLI had got is the user's now, whole, and it is the only thing there.
    expect([step, await read(file)]).toEqual([step, rotated ?? present]);
    const lent = await lend("one");
    expect(await lent.end()).toBe("same");
    expect(await readdir(path.dirname(file))).toEqual(["login.json"]);
    if (code === 0) {
      expect(step).toBeGreaterThan(30);
      break;
    }
  }
});

/**
 * A process that lends the login and rotates it some turns long. With `killAt` it kills itself before its so-manieth change of
 * the file system: a kill between two changes leaves what a kill before the later one leaves. Answers its exit code; undefined when it was killed.
 */
async function child(options: {
  session: string;
  turns: number;
  killAt?: number;
}): Promise<number | undefined> {
  const { session, turns, killAt = 0 } = options;
  const program = `
    import fs from "node:fs";
    import promises from "node:fs/promises";
    import { syncBuiltinESMExports } from "node:module";
    const rename = promises.rename, writeFile = promises.writeFile;
    let calls = 0;
    const counted = (call) => function (...args) {
      if (++calls === ${killAt}) process.kill(process.pid, "SIGKILL");
      return call.apply(this, args);
    };
    const armed = ["link", "unlink", "rename", "writeFile"];
    const { lendLogin } = await import(${JSON.stringify(path.join(import.meta.dirname, "login-copy.ts"))});
    const handle = await promises.open(process.execPath, "r");
    const proto = Object.getPrototypeOf(handle);
    await handle.close();
    for (const name of armed) promises[name] = counted(promises[name]);
    fs.renameSync = counted(fs.renameSync);
    for (const name of ["writeFile", "sync"]) proto[name] = counted(proto[name]);
    syncBuiltinESMExports();
    const copy = ${JSON.stringify(copyOf(session))};
    const lent = await lendLogin({
      file: ${JSON.stringify(file)}, copy, records: ${JSON.stringify(records)},
      expiryOf: (content) => JSON.parse(content).expires,
    });
    for (let turn = 1; turn <= ${turns}; turn++) {
      const content = JSON.stringify({ token: ${JSON.stringify(session)} + " of turn " + turn, expires: turn });
      await writeFile(copy + ".new", content);
      await rename(copy + ".new", copy);
      await lent.takeBack();
    }
    await lent.end();
  `;
  const started = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code]: (number | null)[] = await once(started, "close");
  return code ?? undefined;
}
