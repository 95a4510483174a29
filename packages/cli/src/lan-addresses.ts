import type { NetworkInterfaceInfo } from "node:os";

/**
 * The IPv4 addresses at which other machines may find this one, the likeliest to be found by a phone first: those of a
 * private network, then others; those of networks within the machine last.
 */
export function lanAddresses(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): string[] {
  return Object.entries(interfaces)
    .flatMap(([name, all = []]) =>
      all
        .filter(
          ({ family, internal, address }) =>
            family === "IPv4" && !internal && !address.startsWith("169.254."),
        )
        .map(({ address }) => ({ address, rank: rankOf(name, address) })),
    )
    .sort((one, other) => one.rank - other.rank)
    .map(({ address }) => address);
}

function rankOf(name: string, address: string): number {
  if (/^(br-|bridge|docker|virbr|veth|vmnet|lxc|cni)/.test(name)) return 3;
  if (/^192\.168\./.test(address)) return 0;
  return /^(10\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address) ? 1 : 2;
}
