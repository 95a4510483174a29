/**
 * The hook `proc-receive` of a gate repository. It runs as a program of its own, with nothing but Node: it hands what a push wants
 * to the gate over the socket that TUTTI_GATE_SOCKET names, passes on what the gate says, and answers git what the gate answers.
 * It decides nothing: without an answer every ref is refused.
 *
 * To the gate, one line: `{token, atomic, options, commands: [{ref, old, new}]}`. From the gate, lines: `{say}` any number of
 * times, then `{answers: [{ref, ok, message}]}`. Names travel as the bytes they are (latin1).
 */
import type { Socket } from "node:net";

const { connect } = process.getBuiltinModule("node:net");

let received = Buffer.alloc(0);
let wake: (() => void) | undefined;
let over = false;
process.stdin.on("data", (chunk: Buffer) => {
  received = Buffer.concat([received, chunk]);
  wake?.();
});
process.stdin.on("end", () => {
  over = true;
  wake?.();
});

async function bytes(count: number): Promise<Buffer> {
  while (received.length < count) {
    if (over) process.exit(1);
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  const taken = received.subarray(0, count);
  received = received.subarray(count);
  return taken;
}

async function packet(): Promise<string | null> {
  const length = Number.parseInt((await bytes(4)).toString("latin1"), 16);
  if (length === 0) return null;
  if (!(length >= 4)) process.exit(1);
  return (await bytes(length - 4)).toString("latin1").replace(/\n$/, "");
}

async function section(): Promise<string[]> {
  const lines: string[] = [];
  for (let line = await packet(); line !== null; line = await packet()) lines.push(line);
  return lines;
}

function line(text: string): Buffer {
  const body = Buffer.from(text, "latin1").subarray(0, 60_000);
  return Buffer.concat([Buffer.from((body.length + 4).toString(16).padStart(4, "0")), body]);
}
const flush = Buffer.from("0000");

interface Answer {
  ref: string;
  ok: boolean;
  message: string;
}

async function main(): Promise<void> {
  const [offer = ""] = await section();
  const offered = (offer.split("\0")[1] ?? "").split(" ");
  const takes = ["atomic", "push-options"].filter((capability) => offered.includes(capability));
  process.stdout.write(Buffer.concat([line(`version=1\0${takes.join(" ")}`), flush]));
  const commands = (await section()).map((command) => {
    const [old = "", to = "", ...name] = command.split(" ");
    return { ref: name.join(" "), old, new: to };
  });
  const options = takes.includes("push-options") ? await section() : [];

  let answered = false;
  function answer(answers: readonly Answer[]): void {
    if (answered) return;
    answered = true;
    const report = answers.map(({ ref, ok, message }) =>
      line(ok ? `ok ${ref}` : `ng ${ref} ${Buffer.from(message).toString("latin1")}`),
    );
    process.stdout.write(Buffer.concat([...report, flush]), () => process.exit(0));
  }
  const refuse = () =>
    answer(
      commands.map(({ ref }) => ({ ref, ok: false, message: "Tutti's push gate has stopped: push again" })),
    );

  const gate: Socket = connect(process.env.TUTTI_GATE_SOCKET ?? "", () => {
    const token = process.env.TUTTI_GATE_TOKEN ?? "";
    gate.write(`${JSON.stringify({ token, atomic: takes.includes("atomic"), options, commands })}\n`);
  });
  gate.on("error", refuse);
  gate.on("close", refuse);
  let rest = "";
  gate.setEncoding("utf8");
  gate.on("data", (chunk: string) => {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    for (const said of lines) {
      const told: unknown = JSON.parse(said);
      if (typeof told !== "object" || told === null) continue;
      if ("say" in told && typeof told.say === "string") process.stderr.write(`${told.say}\n`);
      if ("answers" in told && Array.isArray(told.answers)) answer(told.answers.filter(isAnswer));
    }
  });
}

function isAnswer(one: unknown): one is Answer {
  return (
    typeof one === "object" &&
    one !== null &&
    "ref" in one &&
    typeof one.ref === "string" &&
    "ok" in one &&
    typeof one.ok === "boolean" &&
    "message" in one &&
    typeof one.message === "string"
  );
}

void main();
