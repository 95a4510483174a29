/**
 * Face, finger or PIN before an answer that leaves the machine or cannot be undone: the device itself makes sure that it is
 * its owner who presses. Kept in this browser and checked by it alone: it keeps a stranger's thumb away, and is no sign-in.
 */

const key = "tutti.confirm-device";
const waitMs = 60_000;

/** Whether this device could check at all. */
export async function canCheckDevice(): Promise<boolean> {
  if (!globalThis.isSecureContext || typeof PublicKeyCredential === "undefined") return false;
  return PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false);
}

/** Whether the person switched it on here. */
export const hasDeviceCheck = (): boolean => localStorage.getItem(key) !== null;

/** Switches it on: makes a credential on this device. False when the person or the device said no. */
export async function makeDeviceCheck(name: string): Promise<boolean> {
  try {
    const made = await navigator.credentials.create({
      publicKey: {
        challenge: randomBytes(),
        rp: { name: "Tutti" },
        user: { id: randomBytes(), name, displayName: name },
        pubKeyCredParams: [
          { type: "public-key", alg: -7 },
          { type: "public-key", alg: -257 },
        ],
        authenticatorSelection: { authenticatorAttachment: "platform", userVerification: "required" },
        timeout: waitMs,
      },
    });
    if (!(made instanceof PublicKeyCredential)) return false;
    localStorage.setItem(key, made.id);
    return true;
  } catch {
    return false;
  }
}

export const dropDeviceCheck = (): void => localStorage.removeItem(key);

/** True when the device knew its owner, or the check is off. False keeps the answer back. */
export async function verifyDevice(): Promise<boolean> {
  const id = localStorage.getItem(key);
  if (id === null) return true;
  try {
    const found = await navigator.credentials.get({
      publicKey: {
        challenge: randomBytes(),
        allowCredentials: [{ type: "public-key", id: bytesOf(id) }],
        userVerification: "required",
        timeout: waitMs,
      },
    });
    return found !== null;
  } catch {
    return false;
  }
}

const randomBytes = () => crypto.getRandomValues(new Uint8Array(32));

/** The bytes of a credential's id, which is URL-safe base64. */
function bytesOf(id: string): Uint8Array<ArrayBuffer> {
  const letters = atob(id.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}
