/** Images that a person sends along with words. The log holds their names; the bytes lie beside it, by what they are. */
import { z } from "zod";

export const imageTypeSchema = z.enum(["image/png", "image/jpeg", "image/gif", "image/webp"]);
export type ImageType = z.infer<typeof imageTypeSchema>;

/** The most that one image may have, in bytes. */
export const imageBytes = 5 * 1024 * 1024;

/** The SHA-256 of its bytes, in hexadecimal. */
export const imageIdSchema = z.string().regex(/^[0-9a-f]{64}$/, "an image's id");

export const imageSchema = z.strictObject({
  id: imageIdSchema,
  type: imageTypeSchema,
  bytes: z.int().min(1).max(imageBytes),
});
export type Image = z.infer<typeof imageSchema>;

/** What may go along with one message. */
export const imagesSchema = z.array(imageSchema).min(1).max(8);

/** An image with what it shows, in base64: as it is stored and read, and as a harness takes it. */
export const imageContentSchema = z.strictObject({ type: imageTypeSchema, data: z.base64() });
export type ImageContent = z.infer<typeof imageContentSchema>;
