import type { IncomingHttpHeaders } from "node:http";
import type { Probot } from "probot";

/** GitHub sends 25 MB at most. */
export const BODY_LIMIT = 25 * 1024 * 1024;

export interface Delivery {
  readonly headers: IncomingHttpHeaders;
  /** The raw bytes as text: the signature is over exactly these. */
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly message: string;
}

/** What a delivery must carry before its body is worth reading. */
export function refuseEarly(headers: IncomingHttpHeaders): Answer | null {
  const signature = headers["x-hub-signature-256"];
  if (typeof signature !== "string" || !/^sha256=[0-9a-f]{64}$/.test(signature)) {
    return { status: 401, message: "X-Hub-Signature-256 is missing or malformed: set the webhook's secret." };
  }
  if (typeof headers["x-github-event"] !== "string" || typeof headers["x-github-delivery"] !== "string") {
    return { status: 400, message: "X-GitHub-Event and X-GitHub-Delivery are required." };
  }
  const type = headers["content-type"] ?? "";
  if (!/^application\/json *(?:;|$)/i.test(type)) {
    return { status: 415, message: "Set the webhook's content type to application/json." };
  }
  const length = Number(headers["content-length"] ?? 0);
  return length > BODY_LIMIT ? TOO_LARGE : null;
}

export const TOO_LARGE: Answer = { status: 413, message: "The body is larger than GitHub sends." };

/** Verifies and hands over. A payload whose signature is wrong is neither parsed nor logged. */
export async function receive(probot: Probot, { headers, body }: Delivery): Promise<Answer> {
  const refused = refuseEarly(headers);
  if (refused) return refused;
  if (body === "") return { status: 400, message: "The body is empty." };
  await probot.ready();
  if (!(await probot.webhooks.verify(body, String(headers["x-hub-signature-256"])))) {
    return {
      status: 401,
      message: "The signature does not match: is the webhook's secret the one configured here?",
    };
  }
  let payload: unknown;
  try {
    payload = JSON.parse(body);
  } catch {
    return { status: 400, message: "The body is not JSON." };
  }
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) {
    return { status: 400, message: "The body is not a JSON object." };
  }
  const id = String(headers["x-github-delivery"]);
  // The signature says GitHub made it; the event names its shape.
  const event = { id, name: String(headers["x-github-event"]), payload } as Parameters<Probot["receive"]>[0];
  try {
    await probot.receive(event);
  } catch (error) {
    // Probot's own error carries the whole payload along; only its words go further.
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Delivery ${id.slice(0, 100)} (${event.name}) could not be handled: ${reason}`);
  }
  return { status: 202, message: "Accepted." };
}
