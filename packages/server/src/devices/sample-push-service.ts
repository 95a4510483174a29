/** A push service on this machine, and devices that read what it is given for them: for tests. */
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from "node:crypto";
import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type DeviceMessage, deviceMessageSchema, type PushSubscription } from "@tutti/core";

export interface Delivery {
  message: DeviceMessage;
  headers: IncomingHttpHeaders;
}

export interface SampleDevice {
  subscription: PushSubscription;
  /** What it was sent, in order; each is given once. */
  next(): Promise<Delivery>;
  /** How its service answers from now on, one status for each message, then 201; null never answers. */
  answers: (number | null)[];
}

export interface SamplePushService {
  device(): SampleDevice;
  close(): Promise<void>;
}

export async function startPushService(
  tls: { cert: string; key: string },
  serverKey: () => string,
): Promise<SamplePushService> {
  const inboxes = new Map<string, (headers: IncomingHttpHeaders, body: Buffer) => number | null>();
  const server = createServer(tls, async (incoming, outgoing) => {
    const body = Buffer.concat(await incoming.toArray());
    const status = inboxes.get(incoming.url ?? "")?.(incoming.headers, body) ?? null;
    if (status !== null) outgoing.writeHead(status).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const origin = `https://localhost:${port}`;
  return {
    device() {
      const curve = createECDH("prime256v1");
      const publicKey = curve.generateKeys();
      const auth = randomBytes(16);
      const path = `/${randomBytes(8).toString("hex")}`;
      const arrived: Delivery[] = [];
      let ring = () => {};
      const device: SampleDevice = {
        subscription: {
          endpoint: origin + path,
          keys: { p256dh: publicKey.toString("base64url"), auth: auth.toString("base64url") },
        },
        answers: [],
        async next() {
          while (arrived.length === 0)
            await new Promise<void>((resolve) => {
              ring = resolve;
            });
          return arrived.shift() as Delivery;
        },
      };
      inboxes.set(path, (headers, body) => {
        const [status = 201] = device.answers.splice(0, 1);
        verifySender(headers.authorization ?? "", serverKey(), origin);
        const message = deviceMessageSchema.parse(JSON.parse(decrypted(body, curve, publicKey, auth)));
        arrived.push({ message, headers });
        ring();
        return status;
      });
      return device;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** RFC 8291. */
function decrypted(
  body: Buffer,
  curve: ReturnType<typeof createECDH>,
  publicKey: Buffer,
  auth: Buffer,
): string {
  const salt = body.subarray(0, 16);
  const length = body[20] ?? 0;
  const sender = body.subarray(21, 21 + length);
  const sealed = body.subarray(21 + length);
  const derive = (secret: Buffer, salting: Buffer, info: Buffer, size: number) =>
    Buffer.from(hkdfSync("sha256", secret, salting, info, size));
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), publicKey, sender]);
  const secret = derive(curve.computeSecret(sender), auth, info, 32);
  const key = derive(secret, salt, Buffer.from("Content-Encoding: aes128gcm\0"), 16);
  const nonce = derive(secret, salt, Buffer.from("Content-Encoding: nonce\0"), 12);
  const cipher = createDecipheriv("aes-128-gcm", key, nonce);
  cipher.setAuthTag(sealed.subarray(-16));
  const opened = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
  return opened.subarray(0, opened.lastIndexOf(2)).toString();
}

/** RFC 8292: throws unless the sender holds the key that the device's subscription is bound to. */
function verifySender(authorization: string, serverKey: string, audience: string): void {
  const [, token = "", key = ""] = /^vapid t=([\w.-]+), *k=([\w-]+)$/.exec(authorization) ?? [];
  if (key !== serverKey) throw new Error("the message comes from another server");
  const [head = "", body = "", signature = ""] = token.split(".");
  const point = Buffer.from(key, "base64url");
  const jwk = {
    ...{ kty: "EC", crv: "P-256" },
    x: point.subarray(1, 33).toString("base64url"),
    y: point.subarray(33).toString("base64url"),
  };
  const sound = verify(
    "sha256",
    Buffer.from(`${head}.${body}`),
    { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  const { aud, exp } = JSON.parse(Buffer.from(body, "base64url").toString());
  if (!sound || aud !== audience || exp * 1_000 < Date.now())
    throw new Error("the sender shows no sound token");
}
