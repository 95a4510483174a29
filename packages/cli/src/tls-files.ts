import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { badInput } from "./failure.ts";

/** A certificate and its key, as PEM, with the names that the certificate is for. */
export interface TlsContent {
  cert: string;
  key: string;
  /** Without those that stand for many. */
  names: string[];
}

/** Reads what a port speaks HTTPS with. Throws a `Failure` when a file cannot be used, or the key is another certificate's. */
export async function readTlsFiles(files: { cert: string; key: string }): Promise<TlsContent> {
  const read = async (option: string, file: string) =>
    readFile(file, "utf8").catch((cause: unknown) => {
      throw badInput(`${option} ${file} cannot be read`, { cause });
    });
  const [cert, key] = await Promise.all([read("--tls-cert", files.cert), read("--tls-key", files.key)]);
  const certificate = parsed(
    () => new X509Certificate(cert),
    `--tls-cert ${files.cert} holds no certificate in PEM`,
  );
  const secret = parsed(
    () => createPrivateKey(key),
    `--tls-key ${files.key} holds no key in PEM that can be read without a password`,
  );
  if (!certificate.checkPrivateKey(secret))
    throw badInput(`the key ${files.key} is not that of the certificate ${files.cert}`);
  const names = [...(certificate.subjectAltName ?? "").matchAll(/(?:^|, )DNS:([a-z0-9.-]+)(?=,|$)/gi)];
  return { cert, key, names: names.map(([, name = ""]) => name.toLowerCase()) };
}

function parsed<T>(parse: () => T, message: string): T {
  try {
    return parse();
  } catch (cause) {
    throw badInput(message, { cause });
  }
}
