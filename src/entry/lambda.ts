import { pino } from "pino";
import { readEnvironment } from "./environment.ts";
import { createSluice, type Sluice } from "./sluice.ts";

/** An API Gateway HTTP API or a Function URL calls with this, in payload format 2.0. */
export interface HttpEvent {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
  readonly requestContext: { readonly http: { readonly method: string } };
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Handlers {
  readonly webhook: (event: HttpEvent) => Promise<HttpAnswer>;
  readonly sweep: () => Promise<void>;
}

/** `start` is called once for as long as it succeeds: one Sluice for the life of the process. */
export function createHandlers(start: () => Promise<Sluice>): Handlers {
  let started: Promise<Sluice> | null = null;
  function sluice(): Promise<Sluice> {
    started ??= start().catch((error: unknown) => {
      started = null;
      throw error;
    });
    return started;
  }

  return {
    /**
     * One delivery of GitHub's. AWS stops the process as soon as there is an answer, so it comes only when every
     * look that the delivery caused has ended. GitHub waits ten seconds: it may then call the delivery failed,
     * but the work goes on to its end.
     */
    async webhook(event) {
      if (event.requestContext.http.method !== "POST") return answer(405, "Webhooks are sent by POST.");
      const bot = await sluice();
      const headers = Object.fromEntries(
        Object.entries(event.headers).map(([name, value]) => [name.toLowerCase(), value]),
      );
      const { status, message } = await bot.receive({ headers, body: bodyOf(event) });
      await bot.idle();
      return answer(status, message);
    },

    /**
     * Looks at every rollout of every installation; to be called on a schedule, since timers stop with the process.
     * Fails when not everything could be looked at, so that AWS counts it.
     */
    async sweep() {
      const bot = await sluice();
      try {
        await bot.recover();
      } finally {
        await bot.idle();
      }
    },
  };
}

/** The bytes that were signed. */
function bodyOf({ body, isBase64Encoded }: HttpEvent): string {
  return isBase64Encoded ? Buffer.from(body ?? "", "base64").toString("utf8") : (body ?? "");
}

function answer(statusCode: number, message: string): HttpAnswer {
  return { statusCode, headers: { "content-type": "text/plain; charset=utf-8" }, body: `${message}\n` };
}

export const { webhook, sweep } = createHandlers(() => {
  const read = readEnvironment(process.env);
  if (!read.ok) throw new Error(`Sluice does not start: ${read.problems.join(" ")}`);
  const log = pino({ level: process.env["LOG_LEVEL"] ?? "info" });
  return createSluice(read.environment, {
    debug: (message) => log.debug(message),
    info: (message) => log.info(message),
    warn: (message) => log.warn(message),
  });
});
