import type { Client } from "@tutti/client";
import { lanUrls, makeLink, sayLinkAsCode, sayPhoneLimits } from "../browser-link.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connection.ts";
import { exitCodes } from "../exit-codes.ts";
import { badInput, Failure } from "../failure.ts";
import { examples, jsonOption } from "../options.ts";
import { supervisorStatus } from "../supervision/control.ts";
import { plain } from "../terminal/text.ts";
import type { Define } from "../verb.ts";

interface Options {
  lan?: boolean;
  open?: string;
  list?: boolean;
  revoke?: string;
  json?: boolean;
}

/** Makes a link that signs one browser in, once; lists the browsers that are signed in, and signs one out. */
export const link: Define = (command, cli) => {
  command
    .option("--lan", "for another machine of the network: shows a code for a phone's camera")
    .option("--open <path>", "the page that it leads to, such as /s/ID")
    .option("--list", "list the browsers that are signed in")
    .option("--revoke <id>", "sign this one out, its open streams too")
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti link", "tutti link --lan", "tutti link --open /s/3f9c", "tutti link --list", "tutti link --revoke 3f9c")}\n\nThe link is a secret: who opens it first, within five minutes, speaks for you with their browser for 30 days or until you\nsign it out. It signs the browser in to this server's API and web pages; the command line needs none.`,
    )
    .action(async ({ list, revoke, json, lan, open }: Options) => {
      if (list && revoke !== undefined) throw badInput("give --list or --revoke, not both");
      if ((list || revoke !== undefined) && (lan || open !== undefined))
        throw badInput("--lan and --open are for a new link: leave --list and --revoke out");
      if (open !== undefined && !open.startsWith("/"))
        throw badInput(`--open ${open}: give a path of the app, such as /s/ID`);
      const client = await connect(cli.folders);
      if (revoke !== undefined) await signOut(cli, client, revoke, json ?? false);
      else if (list) await tellSignIns(cli, client, json ?? false);
      else await tellLink(cli, client, { json, lan, open });
    });
};

async function tellLink(
  cli: Cli,
  client: Client,
  { json, lan, open }: Pick<Options, "json" | "lan" | "open">,
): Promise<void> {
  const status = await supervisorStatus(cli.folders);
  if (!status?.url)
    throw new Failure("the server listens at no address yet: see `tutti status`", exitCodes.unreachable);
  if (lan && !status.everywhere)
    throw badInput("the server listens for this machine alone: start it with `tutti serve --lan`");
  const base = lan ? lanUrls(status.url)[0] : status.url;
  if (base === undefined)
    throw new Failure("this machine has no address in a network", exitCodes.unreachable);
  const made = await makeLink(client, base, open);
  if (json) {
    cli.json(made);
    return;
  }
  cli.data(made.url);
  if (lan) sayLinkAsCode(cli, made.url);
  cli.say([{ text: "Opens once, within five minutes. Whoever opens it speaks for you.", look: "dim" }]);
  if (lan) sayPhoneLimits(cli, made.url);
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
