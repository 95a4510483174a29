/** What a review returns, and the tool through which it comes back. */
import { z } from "zod";
import type { LentTool } from "./tool.ts";

export const findingSchema = z.strictObject({
  /** `blocking` findings go back to the implementer; `note`s are shown to the person who merges. */
  severity: z.enum(["blocking", "note"]),
  /** The file concerned, relative to the repository's root. */
  file: z.string().min(1).max(1_000),
  line: z.int().min(1).optional(),
  /** What is wrong, in one sentence. */
  claim: z.string().min(1).max(4_000),
  /** What shows it: a command and its output, or the lines that prove it. */
  evidence: z.string().max(20_000).default(""),
});
export type Finding = z.infer<typeof findingSchema>;

export const reviewSchema = z
  .strictObject({
    findings: z.array(findingSchema).max(200),
    summary: z.string().max(8_000).default(""),
  })
  .superRefine((review, ctx) => {
    for (const [index, finding] of review.findings.entries())
      if (finding.severity === "blocking" && finding.evidence.trim() === "")
        ctx.addIssue({
          code: "custom",
          path: ["findings", index, "evidence"],
          message: "a blocking finding needs evidence: a command with its output, or the lines that prove it",
        });
  });
export type Review = z.infer<typeof reviewSchema>;

/** A review without a blocking finding approves. */
export const approves = (findings: readonly Finding[]): boolean =>
  !findings.some((finding) => finding.severity === "blocking");

export const submitReviewTool: LentTool = {
  name: "submit_review",
  description:
    "Hand in your review. Call it once, when you are done. A finding is `blocking` only when it shows a defect and carries evidence.",
  inputSchema: z.toJSONSchema(reviewSchema, { io: "input", target: "draft-7" }) as LentTool["inputSchema"],
};
