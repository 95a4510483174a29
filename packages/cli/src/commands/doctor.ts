import { examine, type Finding } from "../doctor/checks.ts";
import { examineHarnesses, type HarnessFinding } from "../doctor/harnesses.ts";
import { exitCodes } from "../exit-codes.ts";
import { openGateKeeper } from "../gate-keeper.ts";
import { programFolders } from "../machine.ts";
import { examples, jsonOption } from "../options.ts";
import { type Line, padded, plain, type Span } from "../terminal/text.ts";
import type { Define } from "../verb.ts";

/** Looks whether everything Tutti needs is there, and which agent CLIs it can lead. */
export const doctor: Define = (command, cli) => {
  command
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti doctor", "tutti doctor --json")}\n\nExit code 0 when Tutti itself is sound; an agent CLI or login that is missing is a warning. Exit code 1 otherwise.`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      const { folders, environment } = cli;
      const [findings, harnesses] = await Promise.all([
        examine({ folders, environment }),
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
    });
};

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
