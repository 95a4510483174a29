import type { Action, Decision, Policy, PolicyUse, Ruling } from "@tutti/core";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { z } from "zod";
import { evaluateWith } from "./evaluate.ts";
import { defaultPolicies, evaluator, policyRefusal } from "./index.ts";
import { readOnly } from "./read-only.ts";
import { edit, shell, situation, toolCall, workspace } from "./testing.ts";
import { workspaceOnly } from "./workspace-only.ts";

const allowed = [
  "npm test",
  "ls -la /etc && cat /etc/hosts",
  "echo hi > out.txt 2>&1",
  "echo hi > /dev/null 2>/dev/stderr",
  "make 2>&1 | tee build.log",
  "mkdir -p a/b && touch a/b/c",
  "rm -rf node_modules ./dist /state/work/task-1/x",
  "cp /etc/hosts .",
  "ln -s /usr/lib/x link",
  "sed -n 1,20p ../other/file",
  "sed -i 's#/etc#/opt#' src/a.ts",
  "echo /etc/passwd ~/x ../y",
  "touch '~' \"~/x\"",
  "git commit -am 'fix > /etc/passwd' && git push",
  "git -C /elsewhere log --oneline",
  "(cd .. && ls); rm here",
  "cd sub && rm -rf ../dist",
  'D=$(mktemp -d) && cp a "$D/a" && rm -rf $D',
  "find /usr -name '*.h' -exec grep -l x {} +",
  "mktemp -d && mkdir /tmp/scratch && rm -rf /tmp/scratch/*",
  "cd /tmp && python3 -c 'print(1)'",
  "tar xzf a.tgz && tar czf a.tgz src",
  "dd if=/dev/zero of=zeros bs=1 count=1",
  "cat <<'EOF' > notes.md\nrm -rf /etc > /etc/x\nEOF",
  "python3 - <<'EOF'\nopen('/etc/x', 'w')\nEOF",
  "$TOOL /etc/x",
  'rm -rf "$DIR/build"',
  "awk '{ print > \"/dev/stdout\" }' f",
  "if [ -f x ]; then rm x; fi; for f in *.c; do mv $f old/; done",
];

const denied: readonly (readonly [string, string])[] = [
  ["echo hi > /etc/motd", "> would write to /etc/motd"],
  ["echo hi >> ../notes", ">> would write to /state/work/notes"],
  ["make &> ~/log", "&> would write to ~/log"],
  ['echo x | tee -a "$HOME/.bashrc"', "tee would write to ~/.bashrc"],
  ["rm -rf /", "rm would write to /"],
  ["rm -rf /state/work", "rm would write to /state/work"],
  ["rm -rf /state/work/task-10", "rm would write to /state/work/task-10"],
  ["sudo -u root rm -- /etc/passwd", "rm would write to /etc/passwd"],
  ["env A=b timeout 5 rm /etc/passwd", "rm would write to /etc/passwd"],
  ["A=b rm /etc/passwd", "rm would write to /etc/passwd"],
  ["cp a b /opt", "cp would write to /opt"],
  ["cp -t /opt a", "cp would write to /opt"],
  ["mv /etc/hosts .", "mv would write to /etc/hosts"],
  ["rm /etc/{a,b}", "rm would write to /etc/a"],
  ["rm {x,/etc/y}", "rm would write to /etc/y"],
  ["rm -rf /var/log/*", "rm would write to /var/log/*"],
  ["rm /etc/$name", "rm would write to /etc/"],
  ["rm $'\\x2fetc/x'", "rm would write to /etc/x"],
  ["rm '/e'\"tc\"/x", "rm would write to /etc/x"],
  ["chmod -R 777 /usr/local", "chmod would write to /usr/local"],
  ["sed -i.bak s/a/b/ ../f", "sed would write to /state/work/f"],
  ["sed -i -e s/a/b/ -e s/c/d/ /etc/hosts", "sed would write to /etc/hosts"],
  ["dd if=x of=/dev/sda", "dd would write to /dev/sda"],
  ["tar -xzf a.tgz -C /opt", "tar would write to /opt"],
  ["curl -fsSLo /usr/bin/x https://example.com", "curl would write to /usr/bin/x"],
  ["ln -s x /usr/bin/y", "ln would write to /usr/bin/y"],
  ["touch ~someone/x", "touch would write to ~someone/x"],
  ["cd .. && rm x", "rm would write to /state/work/x"],
  ["cd ..; make install", "make would write to /state/work"],
  ["cd && npm install", "npm would write to ~"],
  ["(cd /opt && touch x)", "touch would write to /opt/x"],
  ["bash -lc 'cd / && rm -rf etc'", "rm would write to /etc"],
  ["sh <<EOF\nrm -rf /etc\nEOF", "rm would write to /etc"],
  ["eval rm /etc/x", "rm would write to /etc/x"],
  ["echo $(rm /etc/x)", "rm would write to /etc/x"],
  ["cat x > >(tee /etc/y)", "tee would write to /etc/y"],
  ['echo "`touch /opt/x`"', "touch would write to /opt/x"],
  ["f() { rm /etc/x; }; f", "rm would write to /etc/x"],
  ["ls | xargs rm /etc/x", "rm would write to /etc/x"],
  ["find / -name x -delete", "find would write to /"],
  ["find /opt -exec rm {} \\;", "find would write to /opt"],
  ["git -C /elsewhere commit -m x", "git would write to /elsewhere"],
  ["git -C .. reset --hard", "git would write to /state/work"],
  ["git worktree add ../other", "git would write to /state/work/other"],
  ["git clone https://example.com/x /opt/x", "git would write to /opt/x"],
  ["if true; then while :; do rm /etc/x; done; fi", "rm would write to /etc/x"],
  ["rsync -a . /mnt/backup/", "rsync would write to /mnt/backup/"],
];

describe.each([workspaceOnly, readOnly])("$name", (policy) => {
  const rule = (action: Action, at = situation) => policy.evaluate(action, {}, undefined, at);

  it.each(allowed)("has nothing against %s", (command) => {
    expect(rule(shell(command))).toBeUndefined();
  });
  it.each(denied)("denies %s", (command, reason) => {
    expect(rule(shell(command))).toEqual({
      effect: "deny",
      reason: expect.stringContaining(`${reason}, and `),
    });
  });
  it("lets files be edited in the workspace alone", () => {
    expect(rule(edit(`${workspace}/src/a.ts`, workspace))).toBeUndefined();
    expect(rule(edit(`${workspace}/..a`))).toBeUndefined();
    for (const path of [
      "/etc/passwd",
      "/state/work",
      "/state/work/task-10/a",
      `${workspace}/../b`,
      "relative",
    ])
      expect(rule(edit(`${workspace}/a`, path))).toMatchObject({ effect: "deny" });
  });
  it("denies an edit of unknown files, and every edit without a workspace", () => {
    expect(rule(edit())).toMatchObject({ effect: "deny" });
    expect(rule(toolCall({ kind: "edit" }))).toMatchObject({ effect: "deny" });
    expect(rule(edit("/x"), { ...situation, workspace: null })).toMatchObject({ effect: "deny" });
  });
  it("has no opinion on what does not write", () => {
    for (const kind of ["read", "search", "web", "lent", "mcp", "subagent", "other"] as const)
      expect(rule(toolCall({ kind, paths: ["/etc/passwd"] }))).toBeUndefined();
  });
  it("follows the folder that a command starts in", () => {
    expect(rule(shell("touch x", `${workspace}/sub`))).toBeUndefined();
    expect(rule(shell("touch ../../x", `${workspace}/sub`))).toMatchObject({ effect: "deny" });
    expect(rule(shell("cat x", "/opt"))).toBeUndefined();
    expect(rule(shell("touch x", "/opt"))).toMatchObject({ effect: "deny" });
  });
});

test("no text breaks the reading of a command line", () => {
  const piece = fc.constantFrom(
    "rm",
    "cd",
    "$(",
    ")",
    "`",
    "'",
    '"',
    "{a,",
    "}",
    "<<E",
    "\n",
    ";",
    "|",
    "&",
    ">",
    "~",
    "/x",
    "$",
    "\\",
    "if",
    "case",
    "[[",
    " ",
  );
  const line = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join("")),
  );
  fc.assert(
    fc.property(line, (command) => {
      workspaceOnly.evaluate(shell(command), {}, undefined, situation);
    }),
    { numRuns: 500 },
  );
});

const made = (name: string, answer: () => Ruling | undefined): Policy<{ limit: number }> => ({
  name,
  summary: "for this test",
  phases: ["tool-call"],
  params: z.strictObject({ limit: z.number() }),
  evaluate: answer,
});
const known = [
  made("asks", () => ({ effect: "ask", reason: "look" })),
  made("breaks", () => {
    throw new Error("out of order");
  }),
];
const use = (name: string, params: PolicyUse["params"] = { limit: 1 }): PolicyUse => ({
  name,
  params,
  level: "session",
});
const evaluate = (uses: PolicyUse[], action: Action, all: Policy[] = []): Decision =>
  evaluateWith(all, uses, action, {}, situation).decision;

test("what cannot be evaluated is denied", () => {
  const action = shell("ls");
  expect(evaluate([], action)).toEqual({ effect: "allow" });
  expect(evaluate([use("asks")], action, known)).toMatchObject({ effect: "ask" });
  expect(evaluate([use("asks"), use("nobody")], action, known)).toMatchObject({
    effect: "deny",
    policies: ["nobody"],
  });
  expect(evaluate([use("breaks")], action, known)).toMatchObject({
    effect: "deny",
    reason: expect.stringContaining("out of order"),
  });
  expect(evaluate([use("asks", { limit: "x" })], action, known)).toMatchObject({
    effect: "deny",
    policies: ["asks"],
  });
});

test("a session may not begin with policies that cannot be used", () => {
  expect(policyRefusal([use("workspace-only", {}), use("read-only", {})])).toBeUndefined();
  expect(policyRefusal([use("read-only", {}), use("nobody", {})])).toMatchObject({
    kind: "invalid",
    field: "command.spec.policies.1.name",
  });
  expect(policyRefusal([use("asks", { limit: "x" })], known)).toMatchObject({
    field: "command.spec.policies.0.params.limit",
  });
  expect(policyRefusal([use("read-only", { odd: 1 })])).toMatchObject({ kind: "invalid" });
});

test("each policy that rewrites is given what the one before it left", () => {
  const rewriting = (name: string, from: string): Policy => ({
    name,
    summary: "for this test",
    phases: ["response"],
    params: z.strictObject({}),
    evaluate: (action) =>
      action.phase === "response" ? { effect: "allow", text: action.text.replace(from, "…") } : undefined,
  });
  const all = [rewriting("first", "secret"), rewriting("second", "key")];
  const uses = [use("first", {}), use("second", {})];
  const action: Action = { phase: "response", text: "a secret key" };
  expect(evaluateWith(all, uses, action, {}, situation).text).toBe("a … …");
  const foreign = () => new Map([["session/first", { effect: "allow", text: "my key" } as const]]);
  expect(evaluateWith(all, uses, action, {}, situation, foreign).text).toBe("my …");
});

test("a program that nobody has asked denies", () => {
  const program = {
    name: "program",
    params: { name: "mine", file: "mine.ts", source: "x", hash: "0".repeat(64) },
    level: "agent" as const,
  };
  expect(policyRefusal([program])).toBeUndefined();
  expect(evaluator()([program], shell("ls"), {}, situation).decision).toMatchObject({
    effect: "deny",
    policies: ["mine"],
  });
  const foreign = () => new Map([["agent/program", undefined]]);
  expect(evaluator(foreign)([program], shell("ls"), {}, situation).decision).toEqual({ effect: "allow" });
});

test("the server's own rules can be used, and an ordinary call is not asked about", () => {
  expect(policyRefusal(defaultPolicies)).toBeUndefined();
  const ordinary = [
    shell("npm ci && npm test"),
    shell("git status && git diff && git add -A && git commit -m 'work'"),
    shell("grep -rn foo src | head -50; sed -n 1,80p src/a.ts"),
    shell("git push -u origin HEAD"),
    edit(`${workspace}/src/a.ts`),
    toolCall({ kind: "search", name: "Grep", input: { pattern: "x" } }),
  ];
  for (const action of ordinary)
    expect(evaluator()(defaultPolicies, action, {}, situation).decision).toEqual({ effect: "allow" });
});

test("fifteen policies are asked about a call in a fraction of a millisecond", () => {
  const fifteen = [...defaultPolicies, ...defaultPolicies, ...defaultPolicies];
  const calls = Array.from({ length: 400 }, (_, index) =>
    toolCall({
      command: `npm test -- --grep x${index} 2>&1 | tail -50`,
      cwd: workspace,
      fingerprint: `${index}`,
    }),
  );
  const evaluateAll = () => {
    for (const action of calls) {
      // As they come out of the database: other objects each time.
      const uses = fifteen.map((one) => ({ ...one, params: { ...one.params } }));
      evaluator()(uses, action, {}, situation);
    }
  };
  for (let warm = 0; warm < 5; warm += 1) evaluateAll();
  const before = process.cpuUsage();
  evaluateAll();
  const { user, system } = process.cpuUsage(before);
  // What it takes on an idle machine, with room for a busy one.
  expect((user + system) / 1_000 / calls.length).toBeLessThan(1.5);
});
