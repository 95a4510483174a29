/** How files are packed on their way, in the order in which they are preferred. */
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const packWithBrotli = promisify(brotliCompress);
const packWithGzip = promisify(gzip);

export const encodings = ["br", "gzip"] as const;
export type Encoding = (typeof encodings)[number];

/** The end of the name of a packed file that a build has laid beside the file. */
export const packedName = { br: ".br", gzip: ".gz" } as const satisfies Record<Encoding, string>;

export const packed = {
  br: (bytes: Buffer) =>
    packWithBrotli(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
  gzip: (bytes: Buffer) => packWithGzip(bytes),
} as const satisfies Record<Encoding, (bytes: Buffer) => Promise<Buffer>>;

/** The encodings that an `Accept-Encoding` takes, the preferred first. */
export function acceptedEncodings(header: string | undefined): Encoding[] {
  const weights = new Map<string, number>();
  for (const part of (header ?? "").toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((piece) => piece.trim());
    const [, weight = "1"] = /^q=([\d.]+)$/.exec(parameters[0] ?? "") ?? [];
    weights.set(name, Number(weight));
  }
  return encodings.filter((encoding) => (weights.get(encoding) ?? weights.get("*") ?? 0) > 0);
}
