/** Looks, from a person's client through the real server to the real host and back. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStage, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ files: { "README.md": "# sample\n", "src/a.ts": "a\n" } });
});
afterAll(() => stage.close());

test("a person sees a machine's files, changes and programs", async () => {
  const { client, hostId, repository } = stage;
  for (;;) if ((await client.hosts()).find(({ id }) => id === hostId)?.connected) break;
  const [host] = await client.hosts();
  expect(host?.harnesses.find(({ id }) => id === "fake")).toMatchObject({
    mark: expect.any(String),
    steer: true,
  });

  expect(await client.look(hostId, { type: "file.read", root: repository, path: "src/a.ts" })).toEqual({
    ...{ type: "file.read", text: { text: "a\n", cut: 0 }, size: 2 },
  });
  expect(
    await client
      .look(hostId, { type: "folder.list", root: repository, path: "../x/.." as never })
      .catch(String),
  ).toMatch(/below the root/);
  const base = stage.git("rev-parse", "HEAD");
  await stage.write("src/a.ts", "b\n");
  const commit = stage.commit("Change");
  expect(await client.look(hostId, { type: "diff.list", repository, base, commit })).toEqual({
    type: "diff.list",
    files: [{ path: "src/a.ts", status: "M", from: null, additions: 1, deletions: 1 }],
  });
  const seen = await client.look(hostId, { type: "machine.inspect" });
  expect(seen).toMatchObject({ type: "machine.inspect", worktrees: [] });
  const all = await Promise.all(
    Array.from({ length: 60 }, () => client.look(hostId, { type: "repository.inspect", path: repository })),
  );
  for (const one of all) expect(one).toMatchObject({ root: repository, head: commit, problem: null });
});
