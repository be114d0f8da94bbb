import type { Told } from "../../ports/notifier.ts";
import { signed } from "../signature.ts";
import type { Message } from "./channels.ts";

/**
 * A CloudEvent 1.0 in structured JSON (https://github.com/cloudevents/spec), of type `sluice.release.failed` and its
 * like; with a secret, signed. A message that is sent again has the same id.
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
  return { headers: { ...headers, ...signed(`${repository.name}/${id}`, body, secret, now) }, body };
}
