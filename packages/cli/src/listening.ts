/** Where a server listens, and how it is spoken to there, as the person asked for it. */

import { resolve } from "node:path";
import type { Command } from "commander";
import { badInput } from "./failure.ts";
import { collected, port } from "./options.ts";

export interface Listening {
  /** Undefined: the usual port, or a free one when that is taken. */
  port: number | undefined;
  /** The address. */
  host: string;
  /** Names beside `localhost` under which browsers may ask for the server. */
  hostNames: readonly string[];
  /** The files of a certificate and its key, absolute; with them, the port speaks HTTPS alone. */
  tls: { cert: string; key: string } | undefined;
}

/** The options as they are parsed. */
export interface GivenListening {
  port?: number;
  host?: string;
  lan?: boolean;
  hostName?: string[];
  tlsCert?: string;
  tlsKey?: string;
}

const loopback = "127.0.0.1";
const everywhere = "0.0.0.0";

/** Whether a server that listens at an address is found by other machines of its networks, at whichever of its addresses. */
export const isEverywhere = (host: string): boolean => host === everywhere || host === "::";

/** Gives a verb the options that say where a server listens. */
export const listeningOptions = (command: Command): Command =>
  command
    .option("--port <number>", "listen on this port (default: 7887, or a free one)", port)
    .option("--host <address>", `listen on this address (default: ${loopback})`)
    .option("--lan", "listen on all addresses, and show a code that signs a phone in")
    .option("--host-name <name>", "a name under which browsers may ask for it, for tunnels", collected)
    .option("--tls-cert <file>", "speak HTTPS, with this certificate (PEM)")
    .option("--tls-key <file>", "the certificate's key (PEM)");

/** What the options mean together. Throws a `Failure` where they mean nothing. */
export function listeningFrom(options: GivenListening): Listening {
  const { port: wanted, host, lan = false, hostName = [], tlsCert, tlsKey } = options;
  if (lan && host !== undefined && !isEverywhere(host))
    throw badInput("give --lan or --host, not both: --lan listens on all addresses");
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw badInput("give both --tls-cert and --tls-key, or neither");
  for (const name of hostName)
    if (!/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(name))
      throw badInput(`--host-name ${name} is no name: give one such as tutti.example.org, without a port`);
  return {
    port: wanted,
    host: host ?? (lan ? everywhere : loopback),
    hostNames: hostName.map((name) => name.toLowerCase()),
    tls:
      tlsCert === undefined || tlsKey === undefined
        ? undefined
        : { cert: resolve(tlsCert), key: resolve(tlsKey) },
  };
}

/** The options that mean a listening again, for a process that is started with them. */
export const listeningArguments = ({ port: wanted, host, hostNames, tls }: Listening): string[] => [
  ...(wanted === undefined ? [] : ["--port", String(wanted)]),
  ...["--host", host],
  ...hostNames.flatMap((name) => ["--host-name", name]),
  ...(tls ? ["--tls-cert", tls.cert, "--tls-key", tls.key] : []),
];
