import { createHmac } from "node:crypto";
import type { Told } from "../../ports/notifier.ts";
import type { Message } from "./channels.ts";

/**
 * A CloudEvent 1.0 in structured JSON (https://github.com/cloudevents/spec), of type `sluice.release.failed` and its
 * like; with a secret, signed as Standard Webhooks do (https://www.standardwebhooks.com): HMAC-SHA256 over
 * `id.timestamp.body`. A message that is sent again has the same id.
 */
export function cloudEvent(told: Told, secret: string | null, now: number): Message {
  const {
    id,
    kind,
    severity,
    rollout,
    title,
    release,
    percent,
    why,
    by,
    at,
    pull,
    rollbackPull,
    repository,
  } = told;
  const body = JSON.stringify({
    specversion: "1.0",
    id: `${repository.name}/${id}`,
    source: repository.url,
    type: `sluice.release.${kind}`,
    subject: `${rollout}#${release.number}`,
    time: new Date(at).toISOString(),
    datacontenttype: "application/json",
    data: {
      repository: repository.name,
      rollout,
      release: release.number,
      version: release.version,
      canaryPercent: percent,
      severity,
      title,
      why,
      by,
      pull,
      rollbackPull,
    },
  });
  const headers = { "content-type": "application/cloudevents+json; charset=utf-8" };
  if (secret === null) return { headers, body };
  const message = `${repository.name}/${id}`;
  const seconds = String(Math.floor(now / 1000));
  const signature = createHmac("sha256", keyOf(secret))
    .update(`${message}.${seconds}.${body}`)
    .digest("base64");
  return {
    headers: {
      ...headers,
      "webhook-id": message,
      "webhook-timestamp": seconds,
      "webhook-signature": `v1,${signature}`,
    },
    body,
  };
}

/** As their libraries read it: `whsec_` and base64, or the text itself. */
function keyOf(secret: string): Buffer {
  return secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret, "utf8");
}
