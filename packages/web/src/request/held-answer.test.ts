import type { Sent } from "@tutti/core";
import { expect, test } from "vitest";
import { type GivenAnswer, holdMs, openDesk, type Press } from "./held-answer.ts";

function stage(answer: (given: GivenAnswer) => Promise<Sent> = async (given) => ok(given)) {
  const sent: string[] = [];
  const timers = new Set<{ at: number; then: () => void }>();
  let now = 0;
  let connected = true;
  const desk = openDesk({
    send(given) {
      sent.push(`${given.key} ${given.command.type === "approval.resolve" ? given.command.answer : ""}`);
      return answer(given);
    },
    isConnected: () => connected,
    after(ms, then) {
      const timer = { at: now + ms, then };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  return {
    desk,
    sent,
    state: (key: string) => desk.get().get(key)?.state,
    connect: (up: boolean) => {
      connected = up;
    },
    /** Time passes, and what was sent is answered. */
    async pass(ms: number) {
      now += ms;
      for (const timer of [...timers])
        if (timer.at <= now) {
          timers.delete(timer);
          timer.then();
        }
      await settled();
    },
  };
}

/** What is answered without waiting for anything is answered. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await Promise.resolve();
}
const ok = ({ session }: GivenAnswer): Sent => ({ ok: true, receipt: { command: "c", session, seq: 1 } });
const given = (key: string, answer: "allow" | "deny"): GivenAnswer => ({
  key,
  session: "s",
  command: { type: "approval.resolve", approval: key, answer },
});
const press = (answer: "allow" | "deny", ...keys: string[]): Press => ({
  answers: keys.map((key) => given(key, answer)),
  outcome: answer === "allow" ? "Allowed" : "Denied",
  hold: true,
});

test("an answer is sent when its time is over, and not before", async () => {
  const { desk, sent, state, pass } = stage();
  desk.press(press("deny", "a"));
  await pass(holdMs - 1);
  expect([state("a"), sent]).toEqual(["held", []]);
  await pass(1);
  expect([state("a"), sent]).toEqual(["gone", ["a deny"]]);
});

test("taken back, nothing is ever sent", async () => {
  const { desk, sent, state, pass } = stage();
  desk.press(press("deny", "a"));
  desk.undo("a");
  await pass(10 * holdMs);
  expect([state("a"), sent]).toEqual([undefined, []]);
});

test("several answers of one press are taken back together", async () => {
  const { desk, sent, pass } = stage();
  desk.press(press("allow", "a", "b", "c"));
  desk.undo("b");
  await pass(holdMs);
  expect([desk.get().size, sent]).toEqual([0, []]);
});

test("the same again sends it now, and once", async () => {
  const { desk, sent, pass } = stage();
  desk.press(press("allow", "a"));
  desk.press(press("allow", "a"));
  await pass(holdMs);
  expect(sent).toEqual(["a allow"]);
});

test("another answer to the same question takes the first one's place", async () => {
  const { desk, sent, pass } = stage();
  desk.press(press("allow", "a"));
  desk.press(press("deny", "a"));
  await pass(holdMs);
  expect(sent).toEqual(["a deny"]);
});

test("an answer to another question sends the first", async () => {
  const { desk, sent, state, pass } = stage();
  desk.press(press("allow", "a"));
  desk.press(press("deny", "b"));
  await pass(0);
  expect([sent, state("a"), state("b")]).toEqual([["a allow"], "gone", "held"]);
});

test("who goes on, or leaves the page, sends what is held", async () => {
  const { desk, sent, pass } = stage();
  desk.press(press("deny", "a"));
  desk.settle();
  expect(sent).toEqual(["a deny"]);
  desk.settle();
  await pass(holdMs);
  expect(sent).toEqual(["a deny"]);
});

test("where the connection breaks first, it is not sent, also not later", async () => {
  const { desk, sent, state, connect, pass } = stage();
  desk.press(press("deny", "a"));
  connect(false);
  desk.lost();
  connect(true);
  await pass(holdMs);
  expect([state("a"), sent]).toEqual(["unsent", []]);
  desk.dismiss("a");
  expect(state("a")).toBeUndefined();
});

test("without a connection nothing is held nor sent", async () => {
  const { desk, sent, state, connect, pass } = stage();
  connect(false);
  desk.press(press("deny", "a"));
  desk.press({ ...press("deny", "b"), hold: false });
  await pass(holdMs);
  expect([state("a"), state("b"), sent]).toEqual(["unsent", "unsent", []]);
});

test("what is not held is sent at once, and shown for a while", async () => {
  const { desk, sent, state, pass } = stage();
  desk.press({ ...press("allow", "a"), hold: false });
  await pass(0);
  expect([state("a"), sent]).toEqual(["sent", ["a allow"]]);
  desk.undo("a");
  await pass(holdMs);
  expect([state("a"), sent]).toEqual(["gone", ["a allow"]]);
});

test("a refusal and a broken call are told, and can be tried again", async () => {
  const no: Sent = { ok: false, refusal: { kind: "conflict", message: "Jo answered first: deny" } };
  const { desk, state, pass } = stage(async ({ key }) => {
    if (key === "a") return no;
    throw new Error("gone");
  });
  desk.press({ ...press("allow", "a", "b"), hold: false });
  await pass(0);
  expect(desk.get().get("a")).toEqual({ state: "refused", message: "Jo answered first: deny" });
  expect(state("b")).toBe("unsent");
  desk.press(press("deny", "b"));
  expect(state("b")).toBe("held");
});
