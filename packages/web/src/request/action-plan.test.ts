import type { ApprovalSubject } from "@tutti/core";
import { expect, test } from "vitest";
import { type ActionPlan, planOf } from "./action-plan.ts";

const call = { id: "c", kind: "shell" as const, name: "Bash", input: {}, fingerprint: "f" };
const tool = (more: Partial<Extract<ApprovalSubject, { kind: "tool" }>>): ApprovalSubject => ({
  ...{ kind: "tool", turn: "t", call, reason: "r", policies: [], effect: [], quote: "", identity: "i" },
  ...{ weight: "routine", ...more },
});
const shown = ({ primary, beside, last }: ActionPlan) =>
  [[primary], beside, last].map((part) =>
    part.map(({ label, key }) => (key === undefined ? label : `${label} ${key}`)).join(", "),
  );
const why = "Deny and say why…";
const rule = { key: "k", words: "w" };

test.each<[string, ApprovalSubject, boolean, string[]]>([
  ["routine", tool({ rule }), false, ["Allow once a", "Deny d", `Always allow…, ${why}`]],
  ["leaves the machine", tool({ weight: "leaves-machine", rule }), false, ["Deny d", "Allow once", why]],
  [
    "leaves the machine, phone",
    tool({ weight: "leaves-machine" }),
    true,
    ["Deny d", "", `Allow once, ${why}`],
  ],
  ["cannot be undone", tool({ weight: "irreversible" }), false, ["Deny d", "", `${why}, Allow…`]],
  [
    "cannot be undone, with a safer way",
    tool({ weight: "irreversible", alternative: "Move it instead: mv a b" }),
    true,
    ["Move it b", "Deny d", `Allow…, ${why}`],
  ],
  [
    "money",
    tool({ agreements: [{ scope: "tree", of: "r", day: null, usd: 10, unknown: false }] }),
    false,
    ["Raise to $10.00 a", "Stop here d", why],
  ],
  ["trust", { kind: "trust", repository: "/r", hash: "h", items: [] }, false, ["Deny d", "Trust them", why]],
])("%s", (_, subject, isPhone, expected) => {
  expect(shown(planOf(subject, isPhone))).toEqual(expected);
});

test("nothing that leaves the machine or cannot be undone is allowed by a key", () => {
  for (const weight of ["leaves-machine", "irreversible"] as const)
    for (const isPhone of [true, false]) {
      const { primary, beside, last } = planOf(tool({ weight, rule, alternative: "Do less." }), isPhone);
      for (const { name, key } of [primary, ...beside, ...last])
        if (["allow", "always", "risk"].includes(name)) expect(key).toBeUndefined();
      expect(["allow", "always", "risk"]).not.toContain(primary.name);
    }
});
