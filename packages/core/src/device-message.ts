/**
 * What a person's device is told while nobody looks at the app. It says who, what and where, and is shown on locked screens:
 * never code, a command line or a secret.
 */
import { z } from "zod";

export const deviceMessageSchema = z.union([
  z.strictObject({
    title: z.string().max(200),
    body: z.string().max(400),
    /** The path of the page that it leads to. */
    url: z.string().startsWith("/"),
    /** A later message of the same tag takes its place. */
    tag: z.string(),
  }),
  /** The message of this tag is over: it was answered elsewhere, or nothing is left to answer. */
  z.strictObject({ close: z.string() }),
]);
export type DeviceMessage = z.infer<typeof deviceMessageSchema>;
