import { createHmac } from "node:crypto";

/**
 * The headers that sign a message as Standard Webhooks do (https://www.standardwebhooks.com): HMAC-SHA256 over
 * `id.timestamp.body`, so that neither can be exchanged nor sent again later. `now` is epoch ms.
 */
export function signed(
  id: string,
  body: string,
  secret: string,
  now: number,
): Readonly<Record<string, string>> {
  const seconds = String(Math.floor(now / 1000));
  const signature = createHmac("sha256", keyOf(secret)).update(`${id}.${seconds}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": `v1,${signature}` };
}

/** As their libraries read it: `whsec_` and base64, or the text itself. */
function keyOf(secret: string): Buffer {
  return secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret, "utf8");
}
