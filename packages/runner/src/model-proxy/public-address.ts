import { BlockList, isIP } from "node:net";

/** Every range that is not the public internet, by IANA's special-purpose registries. */
const ranges: readonly (readonly [net: string, prefix: number, family: "ipv4" | "ipv6"])[] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  // Link-local; cloud machines tell their credentials at 169.254.169.254.
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.0.2.0", 24, "ipv4"],
  ["192.88.99.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["198.51.100.0", 24, "ipv4"],
  ["203.0.113.0", 24, "ipv4"],
  // Multicast, reserved, broadcast.
  ["224.0.0.0", 3, "ipv4"],
  // Everything that is not global unicast: unspecified, loopback, mapped, unique local, link-local, multicast.
  ["::", 3, "ipv6"],
  ["4000::", 2, "ipv6"],
  ["8000::", 1, "ipv6"],
  // Within global unicast: protocol assignments with Teredo, documentation, and 6to4, which holds an IPv4 address.
  ["2001::", 23, "ipv6"],
  ["2001:db8::", 32, "ipv6"],
  ["2002::", 16, "ipv6"],
  ["3fff::", 20, "ipv6"],
];

// Two lists: one of both families would take an IPv4 address for its form within IPv6, which is special.
const special = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [net, prefix, family] of ranges) special[family].addSubnet(net, prefix, family);

/**
 * Whether an address is one of the public internet. Metadata services of clouds, this machine, its networks and addresses
 * that hold another one within are none. What is no address is none.
 */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 0 || metadata.has(address)) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  return !special[family].check(address, family);
}

/** Public in form, and answered by the cloud's own machine. */
const metadata = new Set(["168.63.129.16"]);
