import { access, constants } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import type { Environment } from "@tutti/core";

/** The environment variable by which the hook finds its session's gate. Tools don't inherit it. */
export const GATE_VARIABLE = "TUTTI_GATE_SOCKET";

/** How long Codex lets the hook run, in seconds. The hook gives up earlier, because Codex goes on without one that it gave up. */
export const HOOK_TIMEOUT_S = 86_400;
const OWN_LIMIT_S = HOOK_TIMEOUT_S - 600;

/*
 * Both programs do the same: they hand what Codex tells them to the gate (its length in bytes, a line feed, the JSON), wait
 * for the answer, and end with 0 for "allow\n" alone. Everything else ends with 2, which is the one way to block a call:
 * Codex goes on when a hook ends otherwise, is missing, or prints what it can't read. What stands on stderr reaches the model.
 * Neither holds a single quote, and both read the same in every shell. The Perl loads no module (Socket alone takes longer than
 * all the rest): the family of unix sockets and the type of streams are 1 everywhere, and BSDs begin an address with its length.
 */
const perlProgram = `
use strict;
my $silent = "The gate did not answer; the call is denied.";
sub deny { print STDERR $_[0]; exit 2 }
$SIG{ALRM} = sub { deny($silent) }; alarm ${OWN_LIMIT_S};
local $/; my $call = <STDIN>;
my $path = $ENV{${GATE_VARIABLE}} || "";
my $address = $^O eq "linux" ? pack("Sa*x", 1, $path) : pack("CCa*x", 3 + length($path), 1, $path);
my $gate;
socket($gate, 1, 1, 0) && connect($gate, $address) || deny($silent);
select($gate); $| = 1; print $gate length($call), "\\n", $call;
my $answer = <$gate>;
exit 0 if defined $answer && $answer eq "allow\\n";
deny(defined $answer && $answer =~ /^deny\\n(.+)/s ? $1 : $silent);
`;

const nodeProgram = `
const silent = "The gate did not answer; the call is denied.";
const deny = (reason) => { require("fs").writeSync(2, reason); process.exit(2); };
setTimeout(deny, ${OWN_LIMIT_S}000, silent);
const call = require("fs").readFileSync(0);
const gate = require("net").connect(process.env.${GATE_VARIABLE} || "");
let answer = "";
gate.on("error", () => deny(silent));
gate.on("data", (chunk) => { answer += chunk; });
gate.on("end", () => { if (answer === "allow\\n") process.exit(0); deny(answer.startsWith("deny\\n") ? answer.slice(5) : silent); });
gate.write(call.length + "\\n"); gate.write(call);
`;

/**
 * The hook's command line. Its text is the same for every session on a machine, and with it the hash that Codex trusts it
 * by. Perl answers in a few milliseconds; without it Node serves.
 */
export async function hookCommand(environment: Environment): Promise<string> {
  const perl = await programOnPath("perl", environment);
  return perl === undefined
    ? `${quoted(process.execPath)} -e ${quoted(nodeProgram)} || exit 2`
    : `${quoted(perl)} -e ${quoted(perlProgram)} || exit 2`;
}

function quoted(word: string): string {
  return `'${word}'`;
}

async function programOnPath(name: string, environment: Environment): Promise<string | undefined> {
  for (const folder of (environment.PATH ?? "").split(delimiter).filter(isAbsolute)) {
    const path = join(folder, name);
    if (path.includes("'")) continue;
    const there = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return path;
  }
  return undefined;
}
