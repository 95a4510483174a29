/** The body by which the Responses and the Chat Completions wires refuse a request. */
export function openaiRefusal(status: number, message: string): object {
  const type = status === 429 ? "rate_limit_error" : status < 500 ? "invalid_request_error" : "server_error";
  return { error: { message, type, param: null, code: status === 429 ? "rate_limit_exceeded" : null } };
}
