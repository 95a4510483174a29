import { access, constants, realpath } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const triples: Readonly<Record<string, string>> = {
  "linux-x64": "x86_64-unknown-linux-musl",
  "linux-arm64": "aarch64-unknown-linux-musl",
  "darwin-x64": "x86_64-apple-darwin",
  "darwin-arm64": "aarch64-apple-darwin",
};

/**
 * The program to start for an installation: the binary that the npm package's launcher would start, which saves a Node
 * process; or the path itself when that is no such launcher. Never rejects.
 */
export async function binaryOf(path: string): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  const triple = triples[platform];
  try {
    const launcher = await realpath(path);
    if (!launcher.endsWith("/bin/codex.js") || triple === undefined) return path;
    const binary = join(vendorFolder(launcher, platform), triple, "bin/codex");
    await access(binary, constants.X_OK);
    return binary;
  } catch {
    return path;
  }
}

function vendorFolder(launcher: string, platform: string): string {
  try {
    return join(dirname(createRequire(launcher).resolve(`@openai/codex-${platform}/package.json`)), "vendor");
  } catch {
    return join(dirname(launcher), "../vendor");
  }
}
