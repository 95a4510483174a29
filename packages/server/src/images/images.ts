/**
 * Images that people send along with words: kept in the database by what they are, so that the same one is kept once, and what
 * an acknowledged command names is there. What they are is read from their bytes, not from what a sender calls them.
 */
import { createHash } from "node:crypto";
import type { Command, Image, ImageContent, ImageType, Refusal } from "@tutti/core";
import type { Kysely } from "kysely";
import type { Schema } from "../database/schema.ts";

export interface Images {
  /** Undefined when the bytes are no image of a kind that is taken. */
  store(bytes: Buffer): Promise<Image | undefined>;
  read(id: string): Promise<ImageContent | undefined>;
}

export function openImages(kysely: Kysely<Schema>, now: () => Date): Images {
  return {
    async store(bytes) {
      const type = typeOf(bytes);
      if (type === undefined) return undefined;
      const id = createHash("sha256").update(bytes).digest("hex");
      await kysely
        .insertInto("images")
        .values({ id, type, size: bytes.length, content: bytes, created_at: now() })
        .onConflict((conflict) => conflict.column("id").doNothing())
        .execute();
      return { id, type, bytes: bytes.length };
    },

    async read(id) {
      const row = await kysely
        .selectFrom("images")
        .select(["type", "content"])
        .where("id", "=", id)
        .executeTakeFirst();
      return row && { type: row.type, data: row.content.toString("base64") };
    },
  };
}

/** Why a command's images cannot be sent along; undefined when they can. */
export async function imageRefusal(tx: Kysely<Schema>, command: Command): Promise<Refusal | undefined> {
  const images = "images" in command ? (command.images ?? []) : [];
  if (images.length === 0) return undefined;
  const rows = await tx
    .selectFrom("images")
    .select(["id", "type", "size"])
    .where(
      "id",
      "in",
      images.map(({ id }) => id),
    )
    .execute();
  const known = new Map(rows.map((row) => [row.id, row]));
  const at = images.findIndex(({ id, type, bytes }) => {
    const row = known.get(id);
    return row?.type !== type || row.size !== bytes;
  });
  if (at === -1) return undefined;
  return {
    kind: "invalid",
    message: "this image is not stored here, or is another than it is said to be: store it first",
    field: `command.images.${at}`,
  };
}

/** By the bytes that every image of its kind begins with. */
function typeOf(bytes: Buffer): ImageType | undefined {
  const text = bytes.subarray(0, 12).toString("latin1");
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (/^GIF8[79]a/.test(text)) return "image/gif";
  if (/^RIFF[\s\S]{4}WEBP/.test(text)) return "image/webp";
  return undefined;
}
