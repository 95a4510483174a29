/** What a screen shows of a harness: data that its machine brings along, so that no screen names one. */
import { z } from "zod";
import { vendorSchema } from "./vendor.ts";

/** The shape of a harness's mark. Form tells who, colour tells how it stands. */
export const markFormSchema = z.enum(["solid", "outline", "round", "dashed", "cut"]);
export type MarkForm = z.infer<typeof markFormSchema>;

export const harnessCardSchema = z.strictObject({
  id: z.string().min(1).max(100),
  title: z.string().min(1).max(100),
  /** One or two letters. */
  mark: z.string().min(1).max(2),
  form: markFormSchema,
  /** Who makes the models that its own login serves; null when it serves many vendors'. */
  vendor: vendorSchema.nullable(),
  /** Text can reach a running turn. */
  steer: z.boolean(),
  /** Images can go along with what is said to it. */
  images: z.boolean().default(false),
});
export type HarnessCard = z.infer<typeof harnessCardSchema>;
