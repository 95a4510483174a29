/** The bench of the web app: how long a person waits for what they see, in a real browser. */
import { run } from "../run.ts";
import { open } from "./open.ts";
import { pixels } from "./pixels.ts";
import { scroll } from "./scroll.ts";
import { stream } from "./stream.ts";

process.exitCode = await run("npm run bench:web", [open, scroll, stream, pixels]);
