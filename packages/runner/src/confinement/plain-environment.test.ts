import { expect, test } from "vitest";
import { plainEnvironment } from "./index.ts";

test("only what is known to be plain goes in", () => {
  expect(
    plainEnvironment({
      PATH: "/bin",
      LC_ALL: "C",
      TZ: undefined,
      GITHUB_TOKEN: "x",
      SSH_AUTH_SOCK: "/s",
      AWS_PROFILE: "a",
      HTTPS_PROXY: "http://me:secret@proxy",
      NODE_OPTIONS: "--require /home/me/x",
      LD_PRELOAD: "y",
    }),
  ).toEqual({ PATH: "/bin", LC_ALL: "C" });
});
