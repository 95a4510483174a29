import { lanUrls, makeLink, sayLinkAsCode, sayPhoneLimits } from "../browser-link.ts";
import type { Cli } from "../cli.ts";
import { connect } from "../connection.ts";
import { exitCodes } from "../exit-codes.ts";
import { badInput } from "../failure.ts";
import { type GivenListening, isEverywhere, listeningFrom, listeningOptions } from "../listening.ts";
import { examples, jsonOption } from "../options.ts";
import { apiSocket } from "../supervision/control.ts";
import { hasStarter, tellFailure, tellStarter } from "../supervision/start-report.ts";
import { serveLog, supervise } from "../supervision/supervise.ts";
import { readTlsFiles } from "../tls-files.ts";
import type { Define } from "../verb.ts";

interface Options extends GivenListening {
  databaseUrl?: string;
  json?: boolean;
}

/** Runs the server and this machine's host until a signal or `tutti stop` ends them. */
export const serve: Define = (command, cli) => {
  listeningOptions(command)
    .option("--database-url <url>", "use this PostgreSQL instead of Tutti's own")
    .option(...jsonOption)
    .addHelpText(
      "after",
      examples(
        "tutti serve",
        "tutti serve --port 8000",
        "tutti serve --lan",
        "tutti serve --lan --tls-cert cert.pem --tls-key key.pem",
        "tutti serve --database-url postgresql://localhost/tutti",
      ),
    )
    .action(async (options: Options) => {
      if (options.databaseUrl !== undefined && !/^postgres(ql)?:\/\//.test(options.databaseUrl))
        throw badInput("--database-url must begin with postgresql://");
      const listening = listeningFrom(options);
      if (listening.tls) await readTlsFiles(listening.tls);
      const { folders } = cli;
      const ending = new AbortController();
      const onSignal = () => ending.abort();
      for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, onSignal);
      try {
        const supervision = await supervise({
          folders,
          listening,
          databaseUrl: options.databaseUrl,
          signal: ending.signal,
          say: (line) => cli.say([{ text: line, look: "dim" }]),
        });
        const { url } = supervision;
        // A link is a secret: where nobody reads it, it would stand in a log.
        const links = hasStarter() ? undefined : await makeLinks(cli, url, listening.host);
        if (options.json)
          cli.json({
            url,
            socket: apiSocket(folders),
            pid: process.pid,
            state: folders.state,
            log: serveLog(folders),
            ...links,
          });
        else {
          cli.data(`Tutti is ready at ${url}`);
          cli.say([{ text: `state ${folders.state}`, look: "dim" }]);
          if (links) sayLinks(cli, links);
        }
        await tellStarter({ type: "ready" });
        await supervision.ended;
      } catch (error) {
        await tellFailure(error);
        if (ending.signal.aborted) cli.exitCode = exitCodes.left;
        else throw error;
      }
    });
};

interface Links {
  /** Opens the app in a browser of this machine, once. */
  link: string;
  /** For other machines of the network, when it listens for them: where it is found, and what opens it there, once. */
  lan?: { urls: string[]; link: string | null };
}

async function makeLinks(cli: Cli, url: string, host: string): Promise<Links> {
  const client = await connect(cli.folders);
  const { url: link } = await makeLink(client, url);
  if (!isEverywhere(host)) return { link };
  const urls = lanUrls(url);
  const [likeliest] = urls;
  const phone = likeliest === undefined ? null : (await makeLink(client, likeliest)).url;
  return { link, lan: { urls, link: phone } };
}

function sayLinks(cli: Cli, { link, lan }: Links): void {
  cli.data(`Open it in a browser: ${link}`);
  cli.say([{ text: "The link works once, within five minutes; `tutti link` makes new ones.", look: "dim" }]);
  if (!lan) return;
  if (lan.link === null) {
    cli.say("This machine has no address in a network: no other machine finds it.");
    return;
  }
  cli.say(`In the network it is found at ${lan.urls.join(" and ")}. Sign a phone in with its camera:`);
  sayLinkAsCode(cli, lan.link);
  cli.say([
    { text: "The code works once, within five minutes; `tutti link --lan` makes new ones.", look: "dim" },
  ]);
  sayPhoneLimits(cli, lan.link);
}
