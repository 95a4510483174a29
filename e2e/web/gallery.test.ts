/** The gallery answers as the server does: the client that the app uses reads all of it. */
import { createClient } from "@tutti/client";
import { type Inbox, inboxSchema, routes } from "@tutti/core";
import { afterEach, expect, test } from "vitest";
import { type Gallery, type GalleryOptions, openGallery } from "./gallery/index.ts";

let gallery: Gallery | undefined;
afterEach(() => gallery?.close());

async function opened(options?: GalleryOptions) {
  gallery = await openGallery(options);
  const { url } = gallery;
  const inbox = async (): Promise<Inbox> => inboxSchema.parse(await (await fetch(`${url}/v1/inbox`)).json());
  return { gallery, url, inbox, client: createClient({ baseUrl: url }) };
}

test("it shows one day of one person", async () => {
  const { client, inbox } = await opened();
  const { items, news } = await inbox();
  expect(items.map(({ kind, title }) => `${kind}: ${title}`)).toEqual([
    "question: Search index",
    "question: Webhook retries",
    "failed: Upgrade to Vite 8",
    "question: Add due dates to todos",
  ]);
  expect(news.map(({ title, activity }) => `${title}: ${activity}`)).toEqual([
    "Fix the flaky login test: merged",
    "CLI reference pages: parked",
    "Explain the sync protocol: idle",
  ]);
  const active = await client.sessions({ parent: "", active: "true" });
  expect(active.map(({ title, activity }) => `${title}: ${activity}`)).toEqual([
    "Split the API client: working",
    "Offline drafts: waiting-for-child",
    "Add due dates to todos: waiting",
    "Webhook retries: waiting",
    "Search index: waiting",
  ]);
  const { total } = await client.cost({ since: "2026-03-14T00:00:00.000Z" });
  expect(total).toMatchObject({ listUsd: 6.12, reportedUsd: 0 });
});

test("what is pressed happens, by core's law, and comes down the stream", async () => {
  const { client, inbox } = await opened();
  const { position } = await inbox();
  const command = { type: "approval.resolve", approval: "push-search-index", answer: "deny" } as const;
  const session = "search-index-implementer";
  const sent = await client.command({ id: "deny-the-push", session, command });
  expect(sent.ok).toBe(true);
  expect(await client.command({ id: "deny-the-push", session, command })).toEqual(sent);
  expect(await client.command({ id: "deny-it-again", session, command })).toMatchObject({
    ok: false,
    refusal: { kind: "conflict", message: "Jo Lindqvist answered first: deny" },
  });
  const types: string[] = [];
  for await (const message of client.followAll({ after: position, session: "search-index" })) {
    if (message.kind !== "event") continue;
    types.push(message.event.event.type);
    if (types.length === 2) break;
  }
  expect(types).toEqual(["approval.resolved", "push.finished"]);
  expect((await inbox()).items).toHaveLength(3);
});

test("a broken connection comes back where it was, and text that is not whole is told anew", async () => {
  const { gallery, client } = await opened();
  const told: string[] = [];
  const session = "split-the-api-client";
  for await (const message of client.followAll({ session })) {
    if (message.kind === "delta") told.push(message.whole ? "whole" : "more");
    if (told.length === 1) {
      await gallery.stop();
      gallery.append(session, { type: "turn.steered", turn: "split", steer: "one", text: "Faster" });
      await gallery.start();
      told.push("broken");
    } else if (message.kind === "event") told.push(message.event.event.type);
    if (told.at(-1) === "whole" && told.length > 2) break;
  }
  expect(told).toEqual(["whole", "broken", "turn.steered", "whole"]);
});

test("its large sessions are as large as is asked", async () => {
  const { url, client } = await opened({ items: 1_000, files: 100 });
  const page = await (await fetch(`${url}/v1/sessions/long-timeline/timeline?limit=2000`)).json();
  const { events, more } = routes.timeline.output.parse(page);
  const shown = events.filter(({ event }) => ["item.added", "tool.requested"].includes(event.type));
  expect([shown.length, more]).toEqual([1_000, false]);
  const { candidate } = (await client.session("large-review")).tasks.large ?? {};
  const path = candidate?.files[1]?.path;
  expect(candidate?.files).toHaveLength(100);
  const look = { type: "diff.read", repository: "/r", base: candidate?.base, commit: candidate?.commit };
  const answer = await fetch(`${url}/v1/looks`, {
    method: "POST",
    body: JSON.stringify({ host: "studio", look: { ...look, paths: [path] } }),
  });
  const read = routes.look.output.parse(await answer.json()).answer;
  expect(read).toMatchObject({ type: "diff.read", patches: [{ path }] });
});
