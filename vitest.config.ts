import { defineConfig } from "vitest/config";

/** Real processes, databases and CLIs: few workers, and limits that only a hang reaches. */
export default defineConfig({
  test: {
    include: ["packages/*/src/**/*.test.{ts,tsx}", "e2e/**/*.test.ts", "{checks,scripts}/*.test.mjs"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 240_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
  },
});
