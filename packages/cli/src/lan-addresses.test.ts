import type { NetworkInterfaceInfo } from "node:os";
import { expect, test } from "vitest";
import { lanAddresses } from "./lan-addresses.ts";

const info = (address: string, more: Partial<NetworkInterfaceInfo> = {}): NetworkInterfaceInfo =>
  ({
    address,
    family: "IPv4",
    internal: false,
    netmask: "",
    mac: "",
    cidr: null,
    ...more,
  }) as NetworkInterfaceInfo;

test("the address that a phone is likeliest to find comes first", () => {
  expect(
    lanAddresses({
      lo: [info("127.0.0.1", { internal: true })],
      docker0: [info("172.17.0.1")],
      tailscale0: [info("100.101.102.103")],
      eth0: [
        info("10.0.0.5"),
        info("169.254.3.4"),
        info("fe80::1", { family: "IPv6", scopeid: 1 } as object),
      ],
      wlan0: [info("192.168.1.20")],
    }),
  ).toEqual(["192.168.1.20", "10.0.0.5", "100.101.102.103", "172.17.0.1"]);
  expect(lanAddresses({})).toEqual([]);
});
