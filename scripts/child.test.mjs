import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";

/** Starts a process that runs `program` in its place, and answers with that process and the lines of the program. */
function inPlace(program) {
  const parent = `
    import { endLike, runInPlace } from ${JSON.stringify(import.meta.resolve("./child.mjs"))};
    endLike(await runInPlace(process.execPath, ["-e", ${JSON.stringify(program)}]));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", parent], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

test("the exit code is the program's", async () => {
  const { child } = inPlace("process.exit(7)");
  expect(await once(child, "exit")).toEqual([7, null]);
});

test("a signal that ends the program ends us", async () => {
  const { child } = inPlace("process.kill(process.pid, 'SIGKILL')");
  expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
});

test.each(["SIGTERM", "SIGINT"])("%s reaches the program, and its answer is ours", async (signal) => {
  const { child, lines } = inPlace(`
    process.on("${signal}", () => { console.log("told"); process.exit(3); });
    setInterval(() => {}, 1000);
    console.log("ready");`);
  expect((await lines.next()).value).toBe("ready");
  child.kill(signal);
  expect((await lines.next()).value).toBe("told");
  expect(await once(child, "exit")).toEqual([3, null]);
});
