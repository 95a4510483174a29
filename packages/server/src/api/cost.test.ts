import { type CostSums, routes } from "@tutti/core";
import { expect, test } from "vitest";
import { createSession, testServer } from "../testing.ts";

test("what was used is told over the API, and the same after a restart and after a repeated command", async () => {
  await using server = await testServer();
  const person = { authorization: `Bearer ${await server.token("person")}` };
  const runner = { authorization: `Bearer ${await server.token("runner")}` };
  const post = async (path: string, body: object, headers = person) => {
    const response = await server.request(path, { method: "POST", headers, body: JSON.stringify(body) });
    expect(response.status).toBe(200);
    return response.json();
  };
  const cost = async (query: string) =>
    routes.cost.output.parse(await (await server.request(`/v1/cost${query}`)).json());

  expect(await cost("")).toMatchObject({ rows: [], merged: [], total: { calls: 0, unknownCalls: 0 } });
  const session = "a-session-of-test";
  const { lease } = (await post("/v1/hosts", { id: "here", name: "laptop" }, runner)) as { lease: object };
  const command = (id: string, one: object, headers = person) =>
    post("/v1/commands", { id, session, command: one, ...(headers === runner && { lease }) }, headers);
  await command("create-it", createSession({ harness: { harness: "some", model: "asked" } }));
  await command("start-it", { type: "turn.start", turn: "t", text: "go" });
  const usage = { model: "served", vendor: "acme", input: 1, cacheRead: 2, cacheWrite: 3, output: 4 };
  const record = (id: string, costUsd: number | null, costSource: string) =>
    command(id, { type: "usage.record", turn: "t", usage: { ...usage, costUsd, costSource } }, runner);
  await record("used-reported", 0.5, "reported");
  await record("used-unknown", null, "unknown");
  await server.stop();
  await server.start();
  await record("used-unknown", null, "unknown");
  await record("used-subscribed", 2, "subscription");

  const sums: Partial<CostSums> = {
    ...{ calls: 3, input: 3, cacheRead: 6, cacheWrite: 9, output: 12, reportedUsd: 0.5, listUsd: 0 },
    ...{ subscriptionUsd: 2, subscriptionCalls: 1, subscriptionUnknownCalls: 0, unknownCalls: 1 },
  };
  expect((await cost("?by=model")).rows).toEqual([{ key: "served", root: null, title: null, ...sums }]);
  expect((await cost(`?root=${session}`)).rows).toEqual([
    { key: session, root: session, title: "an agent", ...sums },
  ]);
  expect((await cost("?root=another")).rows).toEqual([]);
  expect((await cost("?since=2100-01-01T00:00:00Z")).total.calls).toBe(0);
  for (const wrong of ["?by=mood", "?since=yesterday", "?limit=0", "?more=1"])
    expect((await server.request(`/v1/cost${wrong}`)).status).toBe(422);
  expect(server.faults).toEqual([]);
});
