import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type SampleGate, sampleGate } from "./sample-gate.ts";

let sample: SampleGate;
afterEach(() => sample.remove());

test("a big push goes through in one stream, and a small one is quick", async () => {
  sample = await sampleGate();
  const small: number[] = [];
  for (let count = 0; count < 5; count++) {
    sample.commit(sample.agent, `small-${count}.txt`);
    const started = performance.now();
    expect((await sample.asAgent("push", "origin", "main")).code).toBe(0);
    small.push(Math.round(performance.now() - started));
  }
  writeFileSync(join(sample.agent, "blob"), randomBytes(60_000_000));
  for (let folder = 0; folder < 100; folder++) {
    mkdirSync(join(sample.agent, `d${folder}`));
    for (let file = 0; file < 100; file++)
      writeFileSync(join(sample.agent, `d${folder}/${file}`), `${folder} ${file}\n`);
  }
  const tip = sample.commit(sample.agent, "last.txt");
  const started = performance.now();
  expect((await sample.asAgent("push", "origin", "main")).code).toBe(0);
  expect(sample.held("main")).toBe(tip);
  process.stdout.write(
    `small pushes ${small.join(" ")} ms, 60 MB and 10000 files ${Math.round(performance.now() - started)} ms\n`,
  );
});
