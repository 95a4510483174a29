import type { PolicyTestFrame } from "@tutti/core";
import type { Inquiry } from "../inquiry/index.ts";
import type { Endpoints } from "./endpoint.ts";
import { refusalProblem, securityHeaders } from "./problem.ts";

export function policyEndpoints(
  inquiry: Inquiry,
): Pick<Endpoints, "policyCheck" | "policyRules" | "policyTest" | "policyShadow" | "explanation"> {
  return {
    async policyCheck({ body }) {
      const checked = await inquiry.check(body);
      return checked.ok ? checked.answer : refusalProblem(checked.refusal);
    },
    async policyRules({ query }) {
      const found = await inquiry.inForce(query);
      return found.ok ? found.list : refusalProblem(found.refusal);
    },
    policyShadow: ({ query: { since } }) => inquiry.shadow(new Date(since)),
    async explanation({ params: { id }, query: { session } }) {
      const explained = await inquiry.explain(id, session);
      return explained.ok ? explained.explanation : refusalProblem(explained.refusal);
    },
    async policyTest({ body }) {
      const leaving = new AbortController();
      const begun = await inquiry.test(body, leaving.signal);
      if (!begun.ok) return refusalProblem(begun.refusal);
      return new Response(streamOf(begun.frames, leaving), {
        headers: { ...securityHeaders, "content-type": "text/event-stream; charset=utf-8" },
      });
    },
  };
}

/** Frames as they are asked for: who reads slowly slows the test down, who leaves ends it. */
function streamOf(
  frames: AsyncIterable<PolicyTestFrame>,
  leaving: AbortController,
): ReadableStream<Uint8Array> {
  const source = frames[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await source.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(`data: ${JSON.stringify(value)}\n\n`));
    },
    async cancel() {
      leaving.abort();
      await source.return?.();
    },
  });
}
