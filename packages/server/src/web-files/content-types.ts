/** What the web app is made of, by the ends of its files' names, and whether it gains by being packed. */
const types: Record<string, readonly [type: string, packable: boolean]> = {
  ".css": ["text/css; charset=utf-8", true],
  ".html": ["text/html; charset=utf-8", true],
  ".ico": ["image/x-icon", true],
  ".jpg": ["image/jpeg", false],
  ".js": ["text/javascript; charset=utf-8", true],
  ".json": ["application/json", true],
  ".map": ["application/json", true],
  ".mjs": ["text/javascript; charset=utf-8", true],
  ".png": ["image/png", false],
  ".svg": ["image/svg+xml", true],
  ".txt": ["text/plain; charset=utf-8", true],
  ".wasm": ["application/wasm", true],
  ".webmanifest": ["application/manifest+json", true],
  ".webp": ["image/webp", false],
  ".woff2": ["font/woff2", false],
};

export function contentTypeOf(extension: string): { type: string; packable: boolean } {
  const [type, packable] = types[extension.toLowerCase()] ?? ["application/octet-stream", false];
  return { type, packable };
}
