import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { makeSecret } from "./access/secret.ts";
import { openJournal } from "./journal.ts";

test("a secret that an error carries is not to be read in the journal", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "tutti-journal-"));
  try {
    const { log, close } = openJournal(path.join(folder, "server.log"));
    const secret = makeSecret("person");
    const cause = Object.assign(new Error(`wrong: ${secret}`), { headers: { cookie: `tutti-1=${secret}` } });
    log.error({ err: new Error("failed", { cause }) }, `asked with ${secret}`);
    close();
    const text = await readFile(path.join(folder, "server.log"), "utf8");
    expect(JSON.parse(text)).toMatchObject({ msg: "asked with tutti_person_***" });
    expect(text).not.toContain(secret);
    expect(text).toContain("wrong: tutti_person_***");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
