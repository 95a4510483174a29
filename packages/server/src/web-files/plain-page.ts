import { createHash } from "node:crypto";

const style =
  "body{margin:0;min-height:100vh;display:grid;place-items:center;font:16px/1.5 system-ui,sans-serif;color:#1b1d22;background:#f6f6f4}main{max-width:30rem;padding:2rem}h1{margin:0 0 .5rem;font-size:1.25rem}code{font:.9em ui-monospace,monospace}@media(prefers-color-scheme:dark){body{color:#e6e6e3;background:#16171a}}";

/** What a page without scripts and files may do: nothing but show itself in its one style. */
const policy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** A page that says one thing, readable on a phone. `text` is HTML of the server's own: nothing from outside goes into it. */
export function plainPage(status: number, title: string, text: string): Response {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style><main><h1>${title}</h1><p>${text}</p></main></html>\n`;
  return new Response(html, {
    status,
    headers: {
      "cache-control": "no-store",
      "content-security-policy": policy,
      "content-type": "text/html; charset=utf-8",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  });
}
