/** Which addresses are of the public internet: what may be reached on behalf of somebody who is not to reach anything else. */
import { z } from "zod";

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

const bits = { ipv4: 32, ipv6: 128 } as const;
type Family = keyof typeof bits;

const special = ranges.map(([net, prefix, family]) => ({
  family,
  shift: BigInt(bits[family] - prefix),
  start: numberOf(net, family) >> BigInt(bits[family] - prefix),
}));

/** Public in form, and answered by the cloud's own machine. */
const metadata = new Set(["168.63.129.16"]);

/**
 * Whether an address is one of the public internet. Metadata services of clouds, this machine, its networks and addresses
 * that hold another one within are none. What is no address is none.
 */
export function isPublicAddress(address: string): boolean {
  const family = familyOf(address);
  if (family === undefined || metadata.has(address)) return false;
  const value = numberOf(address, family);
  return !special.some((range) => range.family === family && value >> range.shift === range.start);
}

function familyOf(address: string): Family | undefined {
  if (z.ipv4().safeParse(address).success) return "ipv4";
  // The form that ends in an IPv4 address holds another one within.
  return !address.includes(".") && z.ipv6().safeParse(address).success ? "ipv6" : undefined;
}

function numberOf(address: string, family: Family): bigint {
  const joined = (parts: readonly string[], base: string, width: bigint) =>
    parts.reduce((value, part) => (value << width) | BigInt(base + part), 0n);
  if (family === "ipv4") return joined(address.split("."), "", 8n);
  const [head = [], tail = []] = address.split("::").map((half) => half.split(":").filter(Boolean));
  const middle = Array<string>(8 - head.length - tail.length).fill("0");
  return joined([...head, ...middle, ...tail], "0x", 16n);
}
