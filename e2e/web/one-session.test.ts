/** One session in several places: terminal, phone and desktop; a server that dies meanwhile; two who answer at once. */
import type { LoggedEvent } from "@tutti/core";
import type { Page } from "playwright-core";
import { afterEach, beforeAll, expect } from "vitest";
import { build, duo, until } from "../terminal.ts";
import { inBrowser } from "./in-browser.ts";
import { onBranch, openProduct, type Product } from "./product.ts";

let product: Product | undefined;
beforeAll(build);
afterEach(async () => {
  await product?.close();
  product = undefined;
});

const asksOnShell = "policies: [{ name: ask-on-tools, params: { tools: [shell] } }]";

/** The product with an agent whose implementer takes these steps, and whose reviewer finds nothing. */
async function playing(steps: readonly object[], more = ""): Promise<Product> {
  const script = {
    parts: [
      { system: "Tutti role: implementer", steps },
      {
        system: "Tutti role: reviewer",
        steps: [{ call: { tool: "submit_review", input: { findings: [] } } }],
      },
    ],
  };
  product = await openProduct(async (home) => {
    home.env.TUTTI_FAKE_SCRIPT = JSON.stringify(script);
    await home.agent("duo", duo + more);
  });
  return product;
}

/** Starts a session from the terminal, which does not stay with it. Its id. */
async function run({ json }: Product, task: string): Promise<string> {
  const { session } = (await json("run", "duo", task, "--detach", "--json")) as { session: string };
  return session;
}

/** Everything that happened in a session. */
async function log({ tutti }: Product, session: string): Promise<LoggedEvent[]> {
  const { stdout } = await tutti("events", session, "--json");
  return stdout
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text));
}

const signedIn = async (page: Page, { link }: Product, path = "/"): Promise<Page> => {
  await page.goto(await link(path));
  return page;
};

inBrowser("started in the terminal, allowed on the phone, merged on the desktop", async ({ open }) => {
  const product = await playing(
    [{ shell: "echo asked >> notes.txt" }, { say: "The notes are written." }],
    asksOnShell,
  );
  await run(product, "Write the notes");

  const phone = await signedIn(await open(product.url, { device: "phone", clock: "real" }), product);
  await phone.getByRole("link", { name: /run a command|notes\.txt/i }).tap();
  await phone.getByText("echo asked >> notes.txt").first().waitFor();
  const allow = phone.getByRole("button", { name: "Allow once" });
  await allow.tap();
  await phone
    .getByText(/Allowed/)
    .first()
    .waitFor();

  const desktop = await signedIn(await open(product.url, { clock: "real" }), product);
  await desktop.getByRole("link", { name: "Review Write the notes" }).click();
  await desktop
    .getByRole("button", { name: /^Merge/ })
    .first()
    .click();
  await desktop.getByRole("dialog").getByRole("button", { name: "Merge" }).click();
  await until(() => product.git("log", "--format=%s", "main").includes("Write the notes"));
  expect(onBranch(product, "main", "notes.txt")).toBe("asked");
});

inBrowser("a server that dies meanwhile leaves no gap and nothing twice", async ({ open }) => {
  const lines = Array.from({ length: 60 }, (_, index) => `Line ${index + 1} of the tale.`);
  const product = await playing(
    lines.flatMap((say, index) => [{ shell: `echo ${index} >> tale.txt; sleep 0.1` }, { say }]),
  );
  const session = await run(product, "Tell a tale");
  const page = await open(product.url, {
    clock: "real",
    // What is asked of a server that is gone fails, and is asked again.
    tolerate: [/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_INCOMPLETE|: 50[234]$/],
  });
  await page.setViewportSize({ width: 1440, height: 9_000 });
  await signedIn(page, product, `/s/${session}`);
  await page.getByRole("treeitem", { name: /Fake, author/ }).click();
  await page.getByRole("button", { name: /commands? run/ }).click();
  await page.getByText("Line 5 of the tale.").waitFor();
  const lost = page
    .getByText(/no connection since|connecting/)
    .first()
    .waitFor();
  process.kill(await product.serverPid(), "SIGKILL");
  await lost;
  await page.getByText(/, connected$/).waitFor();
  await page.getByText("Line 60 of the tale.").waitFor();

  // What the turn came to stands above what it did.
  const drawn = await page.getByRole("main").textContent();
  expect(drawn?.match(/Line \d+ of the tale\./g)).toEqual([lines.at(-1), ...lines.slice(0, -1)]);
});

inBrowser("an image goes along with words to an agent that works", async ({ open }) => {
  const product = await playing([
    { wait: "steer" },
    { write: { path: "notes.txt", content: "seen\n" } },
    { say: "I have seen it." },
  ]);
  const session = await run(product, "Look at a picture");
  const page = await signedIn(await open(product.url, { clock: "real" }), product, `/s/${session}`);
  const box = page.getByRole("combobox", { name: /Tell Fake something. It reaches it at its next step/ });
  await box.waitFor();
  const bytes = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  );
  const file = { mimeType: "image/png", buffer: bytes };
  await page
    .getByLabel("Images that go along")
    .setInputFiles(["first.png", "second.png"].map((name) => ({ ...file, name })));
  await page.getByRole("button", { name: "Take image 2 away" }).click();
  await page.getByRole("button", { name: "Image 1, PNG, larger" }).click();
  await page.getByRole("dialog", { name: "Image 1, PNG" }).getByRole("button", { name: "Close" }).click();
  await box.fill("Like this one, please.");
  await box.press("Enter");
  await page.getByText("I have seen it.").waitFor();
  await page.getByRole("button", { name: "1 file edited" }).click();
  await page.getByText(`Saw image/png, ${bytes.length} bytes`).waitFor();
  await page.getByRole("button", { name: "Image 1, PNG, larger" }).waitFor();
});

inBrowser("a shell in the agent's worktree, from the page", async ({ open }) => {
  const product = await playing([
    { write: { path: "notes.txt", content: "by the agent\n" } },
    { wait: "steer" },
    { say: "Done." },
  ]);
  const session = await run(product, "Write the notes");
  const page = await signedIn(await open(product.url, { clock: "real" }), product, `/s/${session}`);
  await page.getByText("1 file edited").waitFor();
  await page.keyboard.press("t");
  const rows = page.locator(".xterm-rows");
  await rows
    .getByText(/[$#] ?$/)
    .first()
    .waitFor();
  await page.keyboard.type("cat notes.txt; echo by a person >> notes.txt; basename $PWD");
  await page.keyboard.press("Enter");
  await rows.getByText(/^by the agent/).waitFor();
  await rows.getByText(/^write-the-notes/).waitFor();

  await page.goBack();
  await page.getByRole("combobox", { name: /Tell Fake something/ }).fill("Go on.");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Review", exact: true }).click();
  await page.getByText("by a person").waitFor();
});

inBrowser("of two answers at once one holds, and the other person is told", async ({ open }) => {
  const product = await playing(
    [{ shell: "echo asked >> notes.txt" }, { say: "The notes are written." }],
    asksOnShell,
  );
  await run(product, "Write the notes");
  const [question] = await until(async () => {
    const waiting = (await product.json("approvals", "--json")) as { id: string; session: string }[];
    return waiting.length > 0 && waiting;
  });
  const pages = await Promise.all(
    [1, 2].map(async () =>
      signedIn(
        await open(product.url, { clock: "real", tolerate: [/\b409\b/] }),
        product,
        `/a/${question?.id}`,
      ),
    ),
  );
  const buttons = pages.map((page) => page.getByRole("button", { name: "Allow once" }));
  for (const button of buttons) await button.waitFor();
  // Pressed again it is sent at once.
  await Promise.all(buttons.map((button) => button.dblclick()));
  await Promise.any(pages.map((page) => page.getByText(/Answered on another device/).waitFor()));

  const answers = (await log(product, question?.session ?? "")).filter(
    ({ event }) => event.type === "approval.resolved",
  );
  expect(answers).toHaveLength(1);
});
