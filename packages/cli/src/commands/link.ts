import type { Client } from "@tutti/client";
import type { Cli } from "../cli.ts";
import { connect } from "../connection.ts";
import { exitCodes } from "../exit-codes.ts";
import { badInput, Failure } from "../failure.ts";
import { examples, jsonOption } from "../options.ts";
import { supervisorStatus } from "../supervision/control.ts";
import { plain } from "../terminal/text.ts";
import type { Define } from "../verb.ts";

/** Makes a link that signs one browser in, once; lists the browsers that are signed in, and signs one out. */
export const link: Define = (command, cli) => {
  command
    .option("--list", "list the browsers that are signed in")
    .option("--revoke <id>", "sign this one out, its open streams too")
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti link", "tutti link --list", "tutti link --revoke 3f9c")}\n\nThe link is a secret: who opens it first, within five minutes, speaks for you with their browser for 30 days or until you\nsign it out. It signs the browser in to this server's API and web pages; the command line needs none.`,
    )
    .action(async ({ list, revoke, json }: { list?: boolean; revoke?: string; json?: boolean }) => {
      if (list && revoke !== undefined) throw badInput("give --list or --revoke, not both");
      const client = await connect(cli.folders);
      if (revoke !== undefined) await signOut(cli, client, revoke, json ?? false);
      else if (list) await tellSignIns(cli, client, json ?? false);
      else await tellLink(cli, client, json ?? false);
    });
};

async function tellLink(cli: Cli, client: Client, json: boolean): Promise<void> {
  const url = (await supervisorStatus(cli.folders))?.url;
  if (!url)
    throw new Failure("the server listens at no address yet: see `tutti status`", exitCodes.unreachable);
  const { path, expiresAt } = await client.signInLink();
  const address = `${url}${path}`;
  if (json) {
    cli.json({ url: address, expiresAt });
    return;
  }
  cli.data(address);
  cli.say([{ text: "Opens once, within five minutes. Whoever opens it speaks for you.", look: "dim" }]);
}

async function tellSignIns(cli: Cli, client: Client, json: boolean): Promise<void> {
  const signIns = await client.signIns();
  if (json) {
    cli.json(signIns);
    return;
  }
  if (signIns.length === 0) cli.say("No browser is signed in.");
  for (const { id, browser, seenAt, expiresAt } of signIns)
    cli.data([
      { text: id, look: "bold" },
      `  seen ${minute(seenAt)}, until ${expiresAt.slice(0, 10)}  `,
      { text: plain(browser), look: "dim" },
    ]);
}

const minute = (time: string): string => time.slice(0, 16).replace("T", " ");

async function signOut(cli: Cli, client: Client, id: string, json: boolean): Promise<void> {
  const all = await client.signIns();
  const meant = all.filter((one) => one.id.startsWith(id) || one.id.startsWith(`sign-in-${id}`));
  const [found, ...others] = id === "" ? [] : meant;
  if (!found) throw badInput(`no browser is signed in under ${id}: \`tutti link --list\` lists them`);
  if (others.length > 0) throw badInput(`${id} is not unique: ${meant.map((one) => one.id).join(", ")}`);
  const revoked = await client.revokeSignIn(found.id);
  if (json) cli.json({ signIn: found.id, revoked });
  else cli.data(revoked ? `Signed out: ${plain(found.browser)}` : "It was signed out already.");
}
