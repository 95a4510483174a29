/** A budget and its report, as a person at the command line has them. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { build, duo, type Home, line, openHome, until } from "./terminal.ts";

let home: Home;
beforeAll(async () => {
  await build();
  home = await openHome();
  await home.agent("duo", duo);
});
afterAll(() => home.close());

it("says in one line what is wrong with an amount, a time or a group", async () => {
  for (const [args, words] of [
    [["run", "duo", "x", "--budget", "much"], "give an amount of US dollars"],
    [["run", "duo", "x", "--budget", "0"], "give an amount of US dollars"],
    [["cost", "--since", "yesterday"], "--since yesterday is no time"],
    [["cost", "--by", "mood"], "Allowed choices are session, task, vendor, model, day"],
  ] as const)
    expect(await home.tutti(...args)).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining(words),
    });
  expect(await home.tutti("cost")).toMatchObject({ code: 3, stdout: "" });
});

it("asks at the limit, goes on with a yes, and tells what it cost", async () => {
  const supervisor = home.start("serve", "--port", "0", "--json");
  supervisor.stderr?.resume();
  await line(supervisor.stdout, /\n/);
  expect(await home.tutti("cost")).toMatchObject({ code: 0, stdout: "", stderr: "Nothing was used.\n" });

  const args = ["run", "duo", "Greet the world", "--yes", "--budget", "0.035", "--detach", "--json"];
  const { session } = (await home.json(...args)) as { session: string };
  const asked = await until(
    async () => ((await home.json("approvals", "--json")) as { id: string; session: string }[])[0],
  );
  const card = await home.tutti("approvals", asked.id);
  expect(card.stdout).toContain("This request has spent $0.04, and its limit is $0.04");
  expect(card.stdout).toContain("This request may spend up to $0.07 in all.");
  expect(await home.tutti("choose", asked.session, "fake-2")).toMatchObject({ code: 0 });
  expect(await home.tutti("choose", session, "fake-2")).toMatchObject({
    code: 4,
    stderr: expect.stringContaining("choose a model for its agents' sessions"),
  });
  expect(await home.tutti("approve", asked.id)).toMatchObject({ code: 0 });
  await until(async () => {
    const { outcome } = (await home.json("show", session, "--json")) as { outcome: string | null };
    return outcome === "merged";
  });

  const report = (await home.json("cost", "--by", "model", "--session", session, "--json")) as {
    rows: { key: string; reportedUsd: number }[];
    medianUsd: number;
  };
  expect(report.rows.map(({ key }) => key).sort()).toEqual(["fake-1", "fake-2"]);
  expect(report.medianUsd).toBeCloseTo(0.07, 9);
  const told = (await home.tutti("cost", "--by", "vendor", "--since", "1d")).stdout;
  expect(told).toMatch(/^north {3}\$0\.05 .*\nsouth {3}\$0\.02 .*\ntotal {3}\$0\.07 /m);
  expect(told).toMatch(/1 merged change {2}median \$0\.07\n.*\$0\.07 {2}[0-9a-f]{7} Greet the world/);
});
