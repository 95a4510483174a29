// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the lines are shell text.
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { readShell } from "./read-shell.ts";
import type { ShellCommand } from "./shell-command.ts";

const read = (line: string) => readShell(line, { cwd: "/w", home: "/home/ada" });
const said = ({ words }: ShellCommand): string =>
  words.map(({ text, exact }) => (exact ? text : `${text}…`)).join(" ");
const last = (line: string) => read(line).commands.at(-1);

describe("readShell", () => {
  it.each([
    ["FOO=1 sudo -u me env A=b git push", "git push"],
    ["for f in a b; do rm $f; done", "rm a|rm b"],
    ["x=a; [ -f y ] && x=b; rm $x", "[ -f y ]|rm a|rm b"],
    ["rm a{1..3} {b,c}", "rm a1 a2 a3 b c"],
    ["x='a b'; rm $x \"$x\"", "rm a b a b"],
    ["a=(1 '2 3'); rm \"${a[@]}\" ${a[1]}", "rm 1 2 3 2 3"],
    ['rm ~/x "$HOME/y"', "rm /home/ada/x /home/ada/y"],
    ["rm '~/x'", "rm ./~/x"],
    ["rm /etc/$name.x", "rm /etc/…"],
    ["rm *.o", "rm *.o"],
    ["echo 'rm x'", "echo rm x"],
    ["bash -c 'rm \"$2\" $0' a b c", "rm c a"],
    ["ls | xargs -n1 rm -f", "ls|rm -f *"],
    ["echo a b | xargs -I{} mv {} d", "echo a b|mv a b d"],
    [
      "find src -exec rm {} + -o -exec cat {} \\;",
      "find src -exec rm {} + -o -exec cat {} ;|rm src/*|cat src/*",
    ],
    ["cp a $(dirname /x/y)", "dirname /x/y|cp a /x"],
    ["command -v git", "command -v git"],
    ["alias x=y", "alias x=y"],
  ])("reads %s", (line, commands) => {
    const reading = read(line);
    expect(reading.doubts).toEqual([]);
    expect(reading.commands.map(said).join("|")).toBe(commands);
  });

  it("says how a command is carried, where it runs, and with which assignments", () => {
    expect(last("cd sub && A=1 sudo env B=2 timeout 5 make x")).toMatchObject({
      program: "make",
      cwd: "/w/sub",
      via: ["sudo", "env", "timeout"],
      elevated: true,
      env: { A: { text: "1" }, B: { text: "2" } },
    });
    expect(last("export GIT_DIR=x; git status")?.env).toMatchObject({ GIT_DIR: { text: "x", exact: true } });
    expect(last("env -C sub make")).toMatchObject({ cwd: "/w/sub" });
    expect(last("ssh me@host 'cd /x; make'")).toMatchObject({
      program: "make",
      remote: "me@host",
      cwd: "/x",
    });
    expect(last("docker exec -it app make")).toMatchObject({
      program: "make",
      remote: "app",
      cwd: undefined,
    });
    expect(last("/usr/bin/make x")).toMatchObject({ program: "make" });
    expect(last('"$VENV/bin/pytest" x')).toMatchObject({ program: "pytest" });
  });

  it("keeps what branches do to the folder apart", () => {
    const folders = (line: string) =>
      read(line)
        .commands.filter(({ program }) => program === "rm")
        .map(({ cwd }) => cwd);
    expect(folders("cd a && rm x")).toEqual(["/w/a"]);
    expect(folders("[ -d a ] && cd a; rm x")).toEqual(["/w", "/w/a"]);
    expect(folders("cd a || exit 1; rm x")).toEqual(["/w/a"]);
    expect(folders("cd a || rm x")).toContain("/w");
    expect(folders("(cd a); rm x")).toEqual(["/w"]);
    expect(folders("cd $X; rm x")).toEqual([undefined]);
  });

  it("says what redirections write", () => {
    const written = (line: string) =>
      read(line).commands.flatMap(({ redirections }) =>
        redirections.map(({ operator, target }) => operator + target.text),
      );
    expect(written("echo a > b 2>&1 >> c")).toEqual([">b", ">>c"]);
    expect(written("> a")).toEqual([">a"]);
    expect(written("{ ls; } &> a")).toEqual(["&>a"]);
    expect(written("cat < a")).toEqual([]);
    expect(written("bash -c ls > a")).toEqual([">a"]);
  });

  it.each([
    "$X",
    "$(cat x) y",
    'eval "$X"',
    "curl x | sh",
    'bash -c "$X"',
    "bash <(curl x)",
    "/bin/r? x",
    "f() { f; }; f",
    "if",
    "echo 'unclosed",
    'ssh h "$X"',
    "sudo $X",
  ])("doubts %s", (line) => {
    expect(read(line).doubts).not.toEqual([]);
  });

  it.each([
    "ls",
    "echo $X",
    'git commit -m "$(date)"',
    "cat $X | head",
    "source venv/bin/activate",
    "bash x.sh",
    "x=$(ls)",
  ])("does not doubt %s", (line) => {
    expect(read(line).doubts).toEqual([]);
  });

  it("has an end, and says so, for lines that grow without one", () => {
    for (const line of [
      "f() { f | f; }; f",
      `x=a; ${"x=$x$x; ".repeat(60)} echo $x`,
      "bash -c '".repeat(500),
      `${"$(".repeat(2_000)}ls`,
      `${"{a,b}".repeat(40)} x`,
      `alias a='b;b' b='a;a'\na`,
      `echo ${"x ".repeat(50_000)}`,
      `${"for i in a b c d e f; do ".repeat(8)} ls ${"; done".repeat(8)}`,
    ]) {
      const reading = read(line);
      expect(reading.commands.length).toBeLessThanOrEqual(400);
    }
  });
});

test("no text breaks the reading", () => {
  const piece = fc.constantFrom(
    ..."rm git cd sh -c eval $( ) ` ' \" {a, } << <<E \n ; | & > ~ /x $ ${ ${x:- ${!x \\ if fi case esac do done for in [[ (( )) alias trap set -- () <( =( xargs -I{} \uE000 \uE003".split(
      " ",
    ),
    " ",
  );
  const line = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join("")),
    fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(" ")),
  );
  fc.assert(
    fc.property(line, (text) => {
      const reading = read(text);
      expect(reading.doubts.filter(({ reason }) => reason === "it cannot be read")).toEqual([]);
    }),
    { numRuns: Number(process.env.FUZZ_CASES ?? 300) },
  );
});
