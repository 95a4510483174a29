import type { Cli } from "../cli.ts";
import { confinementOf } from "../confinement.ts";
import { examine, type Finding } from "../doctor/checks.ts";
import { examineHarnesses, type HarnessFinding } from "../doctor/harnesses.ts";
import { proveConfinement } from "../doctor/prove-confinement.ts";
import { exitCodes } from "../exit-codes.ts";
import { openGateKeeper } from "../gate-keeper.ts";
import { programFolders } from "../machine.ts";
import { examples, jsonOption } from "../options.ts";
import { type Line, padded, plain, type Span } from "../terminal/text.ts";
import type { Define } from "../verb.ts";

/** Looks whether everything Tutti needs is there, and which agent CLIs it can lead. */
export const doctor: Define = (command, cli) => {
  command
    .option("--confinement", "try every known way out of the confinement on this machine instead")
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti doctor", "tutti doctor --json", "tutti doctor --confinement")}\n\nExit code 0 when Tutti itself is sound; an agent CLI, a login or a confinement that is missing is a warning. Exit code 1 otherwise.\n\nWith --confinement, harmless attempts are made on files, processes and sockets that are laid out for it. Exit code 0 when\nnone got out, 1 when one did, 5 when this machine confines nothing, so that nothing could be tried.`,
    )
    .action(({ confinement, json }: { confinement?: boolean; json?: boolean }) =>
      confinement ? proveConfinement(cli, json ?? false) : lookAround(cli, json ?? false),
    );
};

async function lookAround(cli: Cli, json: boolean): Promise<void> {
  const { folders, environment } = cli;
  const [findings, harnesses] = await Promise.all([
    examine({ folders, environment, confinementHere: confinementOf(environment) }),
    examineHarnesses({
      environment,
      folders: programFolders(environment),
      ensureGate: openGateKeeper(folders, environment, "doctor"),
    }),
  ]);
  const sound = findings.every(({ state }) => state !== "problem");
  if (!sound) cli.exitCode = exitCodes.short;
  if (json) {
    cli.json({ sound, findings, harnesses });
    return;
  }
  for (const finding of findings) cli.data(row(finding));
  cli.data();
  for (const harness of harnesses) for (const line of harnessLines(harness)) cli.data(line);
  cli.data();
  const ready = harnesses.filter(({ advice }) => advice.length === 0).length;
  cli.data(
    sound
      ? `Tutti is sound. ${ready} of ${harnesses.length} agent CLIs are ready${ready < 2 ? "; a review needs a second vendor's" : ""}.`
      : "Tutti cannot work like this: see above.",
  );
}

const signs = {
  ok: { text: "✓", look: "green" },
  warning: { text: "!", look: "yellow" },
  problem: { text: "✗", look: "red" },
} as const satisfies Record<Finding["state"], Span>;

const row = ({ what, state, detail }: Finding): Line => [signs[state], " ", padded(what, 13), plain(detail)];

function harnessLines({ title, installation, login, gate, advice }: HarnessFinding): Line[] {
  const state = advice.length === 0 ? "ok" : "warning";
  const detail = installation ? `${installation.version}  ${installation.path}` : "not installed";
  const more = (label: string, text: string): Line => [
    " ".repeat(15),
    { text: padded(label, 8), look: "dim" },
    plain(text),
  ];
  return [
    row({ what: title, state, detail }),
    ...(login?.found ? [more("login", login.where)] : []),
    ...(gate?.ok ? [more("gate", "holds: denied calls were not carried out")] : []),
    ...advice.map((text): Line => [" ".repeat(15), { text: plain(text), look: "yellow" }]),
  ];
}
