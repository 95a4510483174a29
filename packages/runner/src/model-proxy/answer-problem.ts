import type { ServerResponse } from "node:http";

/**
 * Answers in JSON and plain words, in the shape that the clients of models show to their user. When an answer has begun
 * already, it is cut instead.
 */
export function answerProblem(
  response: ServerResponse,
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = JSON.stringify({ type: "error", error: { type, message } });
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    ...headers,
  });
  response.end(body);
}
