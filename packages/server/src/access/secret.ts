import { createHash, randomBytes } from "node:crypto";

/** A secret that says what it is for, so that it is known where it must not stand. */
export const makeSecret = (kind: string): string => `tutti_${kind}_${randomBytes(32).toString("base64url")}`;

/** What is kept of a secret, and compared: of equal length, whatever was given. */
export const hashSecret = (secret: string): Buffer => createHash("sha256").update(secret).digest();

/** A text in which no secret of Tutti's can be read any more. */
export const withoutSecrets = (text: string): string =>
  text.replaceAll(/tutti_([a-z]+)_[A-Za-z0-9_-]{20,}/g, "tutti_$1_***");
