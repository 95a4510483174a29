/**
 * The bench of the web app: how long a person waits for what they see, in a real browser.
 *
 * To add a measurement: a file beside this one that exports a `Measurement`, and its name here.
 */
import { run } from "../run.ts";
import { open } from "./open.ts";
import { pixel } from "./pixel.ts";
import { scroll } from "./scroll.ts";
import { size } from "./size.ts";
import { stream } from "./stream.ts";
import { manyTabs } from "./tabs.ts";

process.exitCode = await run("npm run bench:web", [open, scroll, stream, manyTabs, pixel, size]);
