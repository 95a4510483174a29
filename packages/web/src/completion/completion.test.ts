import { describe, expect, it } from "vitest";
import { askedAt, commandIn, completed, matching } from "./completion.ts";

describe("what is asked for", () => {
  it("is a command where the text begins with a stroke", () => {
    expect(askedAt("/sto", 4)).toMatchObject({ kind: "command", query: "sto" });
    expect(askedAt("look at /sto", 12)).toBeUndefined();
    expect(askedAt("/model x", 8)).toBeUndefined();
  });

  it("is a file where a word begins with an at sign", () => {
    expect(askedAt("see @src/du now", 11)).toEqual({ kind: "file", query: "src/du", from: 4, to: 11 });
    expect(askedAt("jo@example.com", 14)).toBeUndefined();
    expect(askedAt("@", 1)).toMatchObject({ kind: "file", query: "" });
  });
});

describe("a completed word", () => {
  it("takes the place of what was typed, and the cursor stands behind it", () => {
    const asked = askedAt("see @du now", 7);
    expect(asked && completed("see @du now", asked, "src/due.ts")).toEqual({
      text: "see src/due.ts now",
      cursor: 15,
    });
  });
});

describe("commands", () => {
  it("are found by their beginning", () => {
    expect(matching("s").map(({ name }) => name)).toEqual(["stop"]);
    expect(matching("x")).toEqual([]);
  });

  it("are whole texts, with what follows", () => {
    expect(commandIn("/model  opus")).toMatchObject({ command: { name: "model" }, argument: "opus" });
    expect(commandIn("/etc/hosts is wrong")).toBeUndefined();
    expect(commandIn("/unknown")).toBeUndefined();
  });
});
