import { pendingApprovals, type SessionState, totalCost } from "@tutti/core";
import type { Cli } from "../cli.ts";
import { connect } from "../connection.ts";
import { findSession } from "../ids.ts";
import { examples, jsonOption } from "../options.ts";
import { report } from "../report.ts";
import { block } from "../request/block.ts";
import { questionLine } from "../request/card.ts";
import { loadRequest } from "../request/follow.ts";
import { harnessTitles } from "../request/harnesses.ts";
import { money } from "../request/words.ts";
import { plain, plainLines } from "../terminal/text.ts";
import type { Define } from "../verb.ts";

/** Shows where a session stands. */
export const show: Define = (command, cli) => {
  command
    .argument("<id>", "the session's id")
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti show k7f", "tutti show k7f --json")}\n\nFor a request, --json has the shape of \`tutti run --json\`.`,
    )
    .action(async (id: string, { json }: { json?: boolean }) => {
      const client = await connect(cli.folders);
      const request = await loadRequest(client, (await findSession(client, id)).id);
      const { root, children } = request;
      if (json) cli.json(root.spec.orchestration ? report(root, children) : root);
      else if (root.spec.orchestration) tellRequest(cli, root, children);
      else tellAgent(cli, root);
    });
};

function tellRequest(cli: Cli, root: SessionState, children: readonly SessionState[]): void {
  cli.data([{ text: plain(root.spec.title), look: "bold" }]);
  cli.data(`  session  ${root.id}${root.closed === null ? "" : `, closed: ${plain(root.closed)}`}`);
  cli.data(`  cost     ${money(totalCost(children.flatMap(({ usage }) => usage)))}`);
  const options = { titles: harnessTitles, now: cli.now(), columns: cli.stdout.columns ?? 100 };
  for (const task of Object.values(root.tasks)) {
    cli.data();
    for (const line of block(task, children, options)) cli.data(line);
    for (const { session, role } of task.assignments) cli.data(`  ${role.padEnd(12)} ${session}`);
  }
  for (const session of [root, ...children])
    for (const { id, subject } of pendingApprovals(session)) {
      cli.data();
      cli.data([{ text: `waits for you: ${questionLine(subject)}`, look: "yellow" }]);
      cli.data(`  tutti approvals ${id}`);
    }
}

function tellAgent(cli: Cli, state: SessionState): void {
  const { spec, harness, turn, lastTurn } = state;
  cli.data([{ text: plain(spec.title), look: "bold" }]);
  cli.data(`  session  ${state.id}${spec.parent ? ` of ${spec.parent}` : ""}`);
  if (spec.harness)
    cli.data(`  harness  ${harnessTitles(spec.harness.harness).title} ${harness?.version ?? ""}`);
  if (harness)
    cli.data(
      `  model    ${harness.model ?? "its own"}${harness.vendor ? `, made by ${harness.vendor}` : ""}`,
    );
  if (spec.workspace) cli.data(`  folder   ${spec.workspace}`);
  cli.data(
    `  turns    ${state.turns}${turn ? ", one open" : lastTurn ? `, the last ${lastTurn.status}` : ""}`,
  );
  cli.data(`  cost     ${money(totalCost(state.usage))}`);
  if (lastTurn?.failure) cli.data([{ text: `  failure  ${plain(lastTurn.failure.message)}`, look: "red" }]);
  const said = turn ? state.lastMessage : (lastTurn?.lastMessage ?? "");
  if (said) cli.data();
  for (const line of said ? plainLines(said) : []) cli.data(`  ${line}`);
}
