import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Probot } from "probot";
import { wordsOf } from "../reconcile/words-of.ts";

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
  /** Where it is no plain text. */
  readonly headers?: Readonly<Record<string, string>>;
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

/** A delivery that GitHub made: its event names the shape of the payload. */
export interface Opened {
  readonly id: string;
  readonly event: string;
  readonly payload: object;
}

export const ACCEPTED: Answer = { status: 202, message: "Accepted." };

/** Verifies and reads. A payload whose signature is wrong is neither parsed nor logged. */
export function open({ headers, body }: Delivery, secret: string): Answer | Opened {
  const refused = refuseEarly(headers);
  if (refused) return refused;
  if (body === "") return { status: 400, message: "The body is empty." };
  if (!isSigned(body, String(headers["x-hub-signature-256"]), secret)) {
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
  return { id: String(headers["x-github-delivery"]), event: String(headers["x-github-event"]), payload };
}

/** In the same time whatever the signature; `signature` has the form that `refuseEarly` lets through. */
function isSigned(body: string, signature: string, secret: string): boolean {
  const ours = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  return timingSafeEqual(Buffer.from(ours), Buffer.from(signature));
}

/** The words of an error that may have the whole payload with it. */
export function failure({ id, event }: Opened, error: unknown): Error {
  const reason = wordsOf(error);
  return new Error(`Delivery ${id.slice(0, 100)} (${event}) could not be handled: ${reason}`);
}

/** Opens a delivery and hands it to Probot. */
export async function receive(probot: Probot, secret: string, delivery: Delivery): Promise<Answer> {
  const opened = open(delivery, secret);
  if ("status" in opened) return opened;
  const { id, event, payload } = opened;
  try {
    // The signature says GitHub made it; the event names its shape.
    await probot.receive({ id, name: event, payload } as Parameters<Probot["receive"]>[0]);
  } catch (error) {
    throw failure(opened, error);
  }
  return ACCEPTED;
}
