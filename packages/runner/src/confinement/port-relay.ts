import { execFile } from "node:child_process";
import { realpath } from "node:fs/promises";
import { promisify } from "node:util";
import { nodeRelay } from "./port-relay-node.ts";
import { perlRelay } from "./port-relay-perl.ts";

/** What carries the ports' bytes inside, and starts the program there. */
export interface PortRelay {
  program: string;
  kind: "perl" | "node";
}

const PERLS = ["/usr/bin/perl", "/bin/perl", "/usr/local/bin/perl"];
const LIMIT_MS = 5_000;
let found: Promise<PortRelay> | undefined;

/** The machine's Perl, which starts in a few milliseconds, else the Node that runs this. Looked for once in a process's life. */
export function findPortRelay(): Promise<PortRelay> {
  found ??= look();
  return found;
}

async function look(): Promise<PortRelay> {
  for (const program of PERLS) {
    try {
      await promisify(execFile)(program, ["-e", "1"], {
        timeout: LIMIT_MS,
      });
      return { program, kind: "perl" };
    } catch {
      // not there
    }
  }
  return { program: await realpath(process.execPath), kind: "node" };
}

/** What the relay does, as a file. */
export function portRelayScript({ kind }: PortRelay): Buffer {
  return Buffer.from(kind === "perl" ? perlRelay : nodeRelay);
}

/**
 * The call that listens on the ports and then becomes `command`. `script` and the sockets are paths as they are seen inside.
 * A port that cannot be listened on ends the call before the command starts.
 */
export function throughPortRelay(
  relay: PortRelay,
  script: string,
  ports: readonly { port: number; socket: string }[],
  command: readonly string[],
): string[] {
  if (ports.length === 0) return [...command];
  const listened = ports.map(({ port, socket }) => `${port}=${socket}`);
  return [relay.program, script, ...listened, "--", ...command];
}
