import { expect, test } from "vitest";
import { corpus } from "./corpus.ts";
import { corpusSituation, judge } from "./judge-corpus.ts";

test.each(corpus)("$verdict: $line", ({ line, verdict, policies }) => {
  const judged = judge(line);
  expect(judged).toMatchObject({ verdict });
  expect(judged.policies).toEqual(expect.arrayContaining([...policies]));
});

test("every line is there once", () => {
  expect(new Set(corpus.map(({ line }) => line)).size).toBe(corpus.length);
});

test("pushes are left to a push gate, and nothing else is", () => {
  const gated = { ...corpusSituation, pushGate: true };
  for (const line of ["git push --force origin main", "git push origin $BRANCH", "f=-f; git push $f"])
    expect(judge(line, gated)).toMatchObject({ verdict: "allow" });
  for (const line of ["git reset --hard && git push -f", "git branch -D main", "git pf", "$X push"])
    expect(judge(line, gated)).toMatchObject({ verdict: "ask" });
});

test("a session without a folder and a home of unknown place are judged on the careful side", () => {
  const nowhere = { ...corpusSituation, workspace: null, home: null };
  expect(judge("rm -rf build", nowhere)).toMatchObject({ verdict: "ask" });
  expect(judge("rm -rf ~", nowhere)).toMatchObject({ verdict: "deny" });
  expect(judge("rm -rf /home/somebody", nowhere)).toMatchObject({ verdict: "deny" });
  expect(judge("npm test && git push", nowhere)).toMatchObject({ verdict: "allow" });
});
