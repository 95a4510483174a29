/** A person's whole job, from the printed link to the merged commit, with the browser and the keyboard alone. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadScenario, type Rehearsal, startRehearsal } from "@tutti/rehearsal";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { build } from "../terminal.ts";
import { settled } from "./browser.ts";
import { inBrowser } from "./in-browser.ts";
import { onBranch, openProduct, type Product } from "./product.ts";

const scenario = fileURLToPath(new URL("../../packages/rehearsal/scenarios/demo.yaml", import.meta.url));
const clis =
  process.env.TUTTI_HARNESS_CLIS ??
  fileURLToPath(new URL("../../harness-clis/node_modules/.bin", import.meta.url));

/** Keeps what a person sees, for docs/web.md, where DOCS_PICTURES names a folder. */
async function keep(page: Page, name: string): Promise<void> {
  const folder = process.env.DOCS_PICTURES;
  if (folder === undefined) return;
  await settled(page);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

let rehearsal: Rehearsal;
let product: Product;
beforeAll(async () => {
  await build();
  rehearsal = await startRehearsal({ scenario: await loadScenario(scenario) });
  product = await openProduct(async (home) => {
    delete home.env.TUTTI_FAKE_HARNESS;
    home.env.TUTTI_HARNESS_CLIS = clis;
    const manifest = {
      name: "statistics",
      version: "1.0.0",
      type: "module",
      scripts: { test: "node --test" },
    };
    mkdirSync(join(home.repository, "src"));
    writeFileSync(join(home.repository, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(home.repository, "src/mean.js"), "export const mean = (values) => values[0];\n");
    home.git("rm", "--quiet", "Makefile");
    home.git("add", "--all");
    home.git("commit", "--quiet", "--message", "Begin the statistics library");
    await home.agent("polly", agentFile(rehearsal));
  });
}, 180_000);
afterAll(async () => {
  await product?.close();
  await rehearsal?.close();
});

/** Polly with two real programs, whose models are rehearsed under the vendors that their own logins would serve. */
const agentFile = ({ baseUrls }: Rehearsal): string => `name: polly
orchestration: implement-review-merge
roles:
  implementer: [{ harness: claude-code, provider: north, model: claude-sonnet-4-5 }]
  reviewer: [{ harness: codex, provider: south, model: gpt-5.2-codex }]
providers:
  north: { baseUrl: "${baseUrls.anthropic}", wire: anthropic, vendor: anthropic }
  south: { baseUrl: "${baseUrls.responses}", wire: responses, vendor: openai }
`;

inBrowser("a task is started, reviewed and merged in the browser", async ({ open }) => {
  const page = await open(product.url, { clock: "real" });
  await page.goto(await product.link());
  await page.getByRole("heading", { name: "Inbox" }).waitFor();

  await page.keyboard.press("c");
  const box = page.getByRole("dialog", { name: "New session" });
  await box.getByRole("combobox", { name: "What is to be done?" }).and(page.locator(":focus")).waitFor();
  await page.keyboard.type("Add a function median to src/median.js, with tests.");
  await page.keyboard.press("Tab");
  await page.keyboard.type(product.repository);
  await box.getByLabel("Agent").selectOption("polly");
  await box.getByRole("button", { name: "Start", exact: true }).and(page.locator(":enabled")).waitFor();
  await keep(page, "new-session");
  await page.keyboard.press("Control+Enter");
  await page.waitForURL(/\/s\/\w+$/);
  await page.getByRole("heading", { name: /Add a function median/ }).waitFor();

  const review = page.getByRole("link", { name: "Review", exact: true });
  await review.waitFor();
  await keep(page, "session");

  const phone = await open(product.url, { device: "phone", scheme: "dark", clock: "real" });
  await phone.goto(await product.link());
  await phone.getByRole("link", { name: /Add a function median/ }).waitFor();
  await keep(phone, "phone-inbox");
  await phone.getByRole("link", { name: /Add a function median/ }).tap();
  await phone.getByText(/What Tutti checked/).waitFor();
  await keep(phone, "phone-request");

  await review.click();
  await page.waitForURL(/\/changes/);
  await page.getByText("median.js").first().waitFor();
  await page.getByText(/Checks passed on/).waitFor();
  await page.getByText(/reviewed .* blind/).waitFor();
  await keep(page, "review");
  await page.keyboard.press("m");
  await page.getByRole("dialog").getByRole("button", { name: "Merge" }).press("Enter");
  await page.getByRole("heading", { name: /Merged into main as/ }).waitFor();
  await phone.getByText(/Answered on another device/).waitFor();

  expect(onBranch(product, "main", "src/median.js")).toContain("a - b");
  expect(product.git("status", "--porcelain")).toBe("");
});
