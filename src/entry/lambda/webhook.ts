import { happeningsOf } from "../happenings.ts";
import { ACCEPTED, type Answer, failure, open } from "../webhook.ts";
import { webhookSecret } from "../webhook-secret.ts";
import { createLog } from "./log.ts";
import { deliveredMessages, waiting } from "./message.ts";
import { needed, once, variables } from "./start.ts";

/** A Function URL or an HTTP API calls with this, in payload format 2.0. */
export interface HttpEvent {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
  readonly requestContext: { readonly http: { readonly method: string } };
}

interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const log = createLog(process.env["LOG_LEVEL"]);

const start = once(async () => {
  const env = await variables(process.env);
  const problems: string[] = [];
  const secret = webhookSecret(env, problems);
  if (problems.length > 0) throw new Error(`Sluice does not start: ${problems.join(" ")}`);
  return { secret, self: `${env["APP_SLUG"]}[bot]` };
});

/** AWS' library is loaded with the first delivery that GitHub signed and that means something. */
const queue = once(async () => {
  const { createSqsQueue } = await import("../../adapters/aws/sqs.ts");
  return createSqsQueue(needed(process.env, "QUEUE_URL"));
});

/** One delivery of GitHub's: verified, made small, put into the queue, answered. It knows no key and asks GitHub nothing. */
export async function handler(event: HttpEvent): Promise<HttpAnswer> {
  const { status, message } = await receive(event);
  return {
    statusCode: status,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: `${message}\n`,
  };
}

async function receive(event: HttpEvent): Promise<Answer> {
  if (event.requestContext.http.method !== "POST")
    return { status: 405, message: "Webhooks are sent by POST." };
  const headers = Object.fromEntries(
    Object.entries(event.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const { secret, self } = await start();
  const opened = open({ headers, body: bodyOf(event) }, secret);
  if ("status" in opened) return opened;
  try {
    const happenings = happeningsOf(opened.event, opened.payload).filter(({ by }) => by !== self);
    if (happenings.length > 0) {
      await (await queue()).send(deliveredMessages(opened.id, happenings).map(waiting));
    }
  } catch (error) {
    // GitHub keeps it as failed, and the sweep comes back to it.
    log.warn(failure(opened, error).message);
    return { status: 500, message: "The delivery could not be handled; its id is in our log." };
  }
  return ACCEPTED;
}

/** The bytes that were signed. */
function bodyOf({ body = "", isBase64Encoded }: HttpEvent): string {
  return isBase64Encoded ? Buffer.from(body, "base64").toString("utf8") : body;
}
