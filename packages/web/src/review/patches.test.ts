import { expect, test } from "vitest";
import { openPatches } from "./patches.ts";

const patch = { text: "x", cut: 0 };

test("what is wanted is read once, many at once, the latest wish first", async () => {
  const asked: string[][] = [];
  const answers: (() => void)[] = [];
  const patches = openPatches((paths) => {
    asked.push(paths);
    return new Promise((resolve) => answers.push(() => resolve(paths.map((path) => ({ path, patch })))));
  });
  const many = Array.from({ length: 120 }, (_, index) => `f${index}`);
  patches.want(many);
  patches.want(["f0", "late"]);
  expect(asked.map((paths) => paths.length)).toEqual([50]);
  for (let turn = 0; turn < 3; turn += 1) {
    answers[turn]?.();
    await Promise.resolve();
    await Promise.resolve();
  }
  expect(asked.map((paths) => [paths.length, paths[0]])).toEqual([
    [50, "f0"],
    [50, "late"],
    [21, "f99"],
  ]);
  expect(patches.get("f3")).toEqual({ status: "here", patch });
});

test("what failed, or did not come along, is read again when somebody asks", async () => {
  let answer: () => Promise<{ path: string; patch: typeof patch }[]> = () =>
    Promise.reject(new Error("away"));
  const patches = openPatches(() => answer());
  const read = () => new Promise<void>((resolve) => patches.subscribe(resolve));
  let told = read();
  patches.want(["a"]);
  await told;
  expect(patches.get("a")).toMatchObject({ status: "failed", error: { message: "away" } });
  patches.want(["a"]);
  expect(patches.get("a")?.status).toBe("failed");
  answer = () => Promise.resolve([]);
  patches.retry("a");
  expect(patches.get("a")?.status).toBe("loading");
  told = read();
  await told;
  expect(patches.get("a")?.status).toBe("failed");
});
