import { createHash } from "node:crypto";
import { readFile, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { contentTypeOf } from "./content-types.ts";
import { type Encoding, packed, packedName } from "./encodings.ts";

/** A file of the web app, kept in memory as it was when it was read. */
export interface WebFile {
  type: string;
  bytes: Buffer;
  /** Differs whenever the content does. */
  tag: string;
  /** The file packed; undefined when that gains nothing. Packed once. */
  packed(encoding: Encoding): Promise<Buffer | undefined>;
}

/** Less than this many bytes are not worth packing. */
const leastPacked = 1_024;
/** More than this many files are not kept: the ones that were read first are read again. */
const mostKept = 1_000;

/**
 * Opens files of a folder by the paths of URLs. What is not a file within it, links out of it followed, does not exist.
 * A file that changes on the disk is read anew.
 */
export function webFilesIn(folder: string): (urlPath: string) => Promise<WebFile | undefined> {
  const kept = new Map<string, { stamp: string; file: Promise<WebFile> }>();
  return async (urlPath) => {
    const segments = segmentsOf(urlPath);
    if (!segments) return undefined;
    const found = await placeOf(folder, segments);
    if (!found) return undefined;
    const before = kept.get(found.path);
    if (before?.stamp === found.stamp) return before.file;
    const file = read(found.path);
    kept.delete(found.path);
    kept.set(found.path, { stamp: found.stamp, file });
    file.catch(() => kept.delete(found.path));
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    return file;
  };
}

/** The names along a URL's path; undefined when one is no plain name: hidden, empty, going up, or holding what no name holds. */
function segmentsOf(urlPath: string): string[] | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(urlPath);
  } catch {
    return undefined;
  }
  const segments = decoded.split("/").slice(1);
  const plain = segments.every((name) => name !== "" && !name.startsWith(".") && !/[\\\p{Cc}]/u.test(name));
  return plain ? segments : undefined;
}

async function placeOf(
  folder: string,
  segments: readonly string[],
): Promise<{ path: string; stamp: string } | undefined> {
  try {
    const [root, real] = await Promise.all([realpath(folder), realpath(path.join(folder, ...segments))]);
    if (!real.startsWith(root + path.sep)) return undefined;
    const found = await stat(real);
    return found.isFile() ? { path: real, stamp: `${found.mtimeMs} ${found.size} ${found.ino}` } : undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && absent.has(String(error.code))) return undefined;
    throw error;
  }
}

const absent = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP", "EACCES"]);

async function read(file: string): Promise<WebFile> {
  const { type, packable } = contentTypeOf(path.extname(file));
  const bytes = await readFile(file);
  const all = new Map<Encoding, Promise<Buffer | undefined>>();
  const pack = async (encoding: Encoding) => {
    // What a build has packed is packed better.
    const beside = await readFile(file + packedName[encoding]).catch(() => undefined);
    const smaller = beside ?? (await packed[encoding](bytes));
    return smaller.length < bytes.length ? smaller : undefined;
  };
  return {
    type,
    bytes,
    tag: createHash("sha256").update(bytes).digest("base64url").slice(0, 22),
    async packed(encoding) {
      if (!packable || bytes.length < leastPacked) return undefined;
      const made = all.get(encoding) ?? pack(encoding);
      all.set(encoding, made);
      return made;
    },
  };
}
