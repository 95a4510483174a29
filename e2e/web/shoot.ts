/** Pictures of the web app's screens, for whoever builds them: `node e2e/web/shoot.ts --help`. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { installed, type Look, looks, openBrowser } from "./browser.ts";
import { lookName, openStage, type Screen, type Stage, screens } from "./screens.ts";

const usage = `node e2e/web/shoot.ts [name…] [options]

Pictures of the web app in dist/web, which it does not build, with the gallery's data.
  name…            only screens whose name begins so; a path such as /s/add-due-dates is taken, too
  --out DIR        where the pictures go (/var/tmp/shots)
  --device NAME    desktop, phone, or narrow; desktop and phone when left out
  --scheme NAME    light or dark; both when left out
  --scale NUMBER   pixels of the picture for each of the page's (2)

Screens: ${screens.map(({ name }) => name).join(" ")}
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string", default: "/var/tmp/shots" },
    device: { type: "string" },
    scheme: { type: "string" },
    scale: { type: "string", default: "2" },
    help: { type: "boolean", short: "h", default: false },
  },
});

const isWanted = ({ device, scheme }: Look): boolean =>
  (values.device === undefined ? device !== "narrow" : device === values.device) &&
  (values.scheme === undefined || scheme === values.scheme);
const narrow = (["light", "dark"] as const).map((scheme): Look => ({ device: "narrow", scheme }));
const wantedLooks = [...looks, ...narrow].filter(isWanted);
const wantedScreens = wanted(positionals);

if (values.help || wantedScreens.length === 0 || wantedLooks.length === 0) {
  process.stdout.write(usage);
  process.exitCode = values.help ? 0 : 2;
} else if (installed.path === undefined) {
  process.stderr.write(`${installed.missing}\n`);
  process.exitCode = 1;
} else await shoot();

function wanted(names: readonly string[]): Screen[] {
  if (names.length === 0) return [...screens];
  const paths = names
    .filter((name) => name.startsWith("/"))
    .map((at): Screen => ({ name: at.slice(1).replace(/\W+/g, "-") || "home", path: at }));
  return [...screens.filter((screen) => names.some((name) => screen.name.startsWith(name))), ...paths];
}

/** A page for each look, which goes from screen to screen. */
async function shoot(): Promise<void> {
  await mkdir(values.out, { recursive: true });
  const browser = await openBrowser();
  const stage = openStage(browser, { scale: Number(values.scale), reusePages: true });
  try {
    await Promise.all(
      wantedLooks.map(async (look) => {
        for (const screen of wantedScreens) await shootOne(stage, screen, look);
      }),
    );
  } finally {
    await stage.close();
    await browser.close();
  }
}

async function shootOne(stage: Stage, screen: Screen, look: Look): Promise<void> {
  const file = path.join(values.out, `${screen.name}-${lookName(look)}.png`);
  try {
    const shown = await stage.show(screen, look);
    try {
      await writeFile(file, await shown.picture());
      const said = shown.complaints().map((complaint) => `\n  ${complaint}`);
      process.stdout.write(`${file}${said.join("")}\n`);
    } finally {
      await shown.close();
    }
  } catch (error) {
    process.stdout.write(`${file}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
