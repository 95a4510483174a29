import { expect, test } from "vitest";
import { isOwnRequest, type RequestOrigin } from "./own-origin.ts";

const asked = (more: Partial<RequestOrigin>) =>
  isOwnRequest({
    method: "POST",
    host: "localhost:7777",
    origin: undefined,
    site: undefined,
    mode: undefined,
    ...more,
  });

test.each<[boolean, Partial<RequestOrigin>]>([
  [true, { origin: "http://localhost:7777" }],
  [true, { origin: "https://localhost:7777", site: "same-origin" }],
  [true, { origin: "https://tutti.example", host: "tutti.example" }],
  [true, { origin: "https://tutti.example", host: "TUTTI.example:443" }],
  [true, { origin: "http://[::1]:7777", host: "[::1]:7777" }],
  [false, { origin: "http://localhost:3000" }],
  [false, { origin: "http://localhost" }],
  [false, { origin: "http://127.0.0.1:7777" }],
  [false, { origin: "http://localhost:7777.evil.example" }],
  [false, { origin: "http://localhost:7777/" }],
  [false, { origin: "http://evil@localhost:7777" }],
  [false, { origin: "ftp://localhost:7777" }],
  [false, { origin: "null" }],
  [false, { origin: "" }],
  [false, { origin: "http://localhost:3000", site: "same-origin" }],
  [false, {}],
  [true, { site: "same-origin" }],
  [false, { site: "same-site" }],
  [false, { site: "cross-site" }],
  [false, { site: "none" }],
  [false, { site: "cross-site", mode: "navigate" }],
  [true, { method: "GET" }],
  [true, { method: "GET", site: "same-origin" }],
  [true, { method: "GET", site: "none" }],
  [true, { method: "GET", site: "cross-site", mode: "navigate" }],
  [false, { method: "GET", site: "same-site", mode: "no-cors" }],
  [false, { method: "GET", site: "cross-site", mode: "cors" }],
  [false, { method: "GET", origin: "http://localhost:3000" }],
])("%s for %j", (own, more) => expect(asked(more)).toBe(own));
