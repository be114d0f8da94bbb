import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { PageRequest } from "./setup/setup.ts";
import { type Answer, BODY_LIMIT, type Delivery, refuseEarly, TOO_LARGE } from "./webhook.ts";

/** How long a client may take to send a request, ms. */
const REQUEST_TIMEOUT = 15_000;
/** Until a body is whole nobody knows who sent it, so all bodies in hand together may take this much. */
const BODIES_LIMIT = 64 * 1024 * 1024;
/** What keeping a chunk takes beside its bytes: a body may come byte by byte. */
const CHUNK_COST = 512;
const CONNECTIONS = 1_000;
const FORM_LIMIT = 8_192;
const BUSY: Answer = {
  status: 503,
  message: "Too much is being received at the moment. Send it again later.",
};

export interface Handlers {
  readonly webhookPath: string;
  readonly webhook: (delivery: Delivery) => Promise<Answer>;
  /** Whether the process can do its work: null, or what it waits for. */
  readonly notReady: () => string | null;
  readonly failed: (error: unknown) => void;
  /** What else there is to see, if anything; null for what there is not. */
  readonly pages?: (request: PageRequest) => Promise<Answer | null>;
}

/** The server's face: webhooks, `/healthz` (alive), `/readyz` (able to work). */
export function createHttp(handlers: Handlers, patience = REQUEST_TIMEOUT): Server {
  const bodies = { bytes: 0 };
  // Node looks for those that are late only so often.
  const server = createServer({ connectionsCheckingInterval: patience / 5 }, (request, response) => {
    answer(request, handlers, bodies)
      .catch((error: unknown): Answer => {
        handlers.failed(error);
        return { status: 500, message: "The delivery could not be handled; its id is in our log." };
      })
      .then((given) => send(request, response, given));
  });
  server.requestTimeout = patience;
  server.headersTimeout = patience;
  server.maxConnections = CONNECTIONS;
  return server;
}

/** What all bodies take that are being received or worked on. */
interface Bodies {
  bytes: number;
}

async function answer(request: IncomingMessage, handlers: Handlers, bodies: Bodies): Promise<Answer> {
  const path = (request.url ?? "/").split("?", 1)[0];
  if (path === "/healthz") return { status: 200, message: "ok" };
  if (path === "/readyz") {
    const waiting = handlers.notReady();
    return waiting === null ? { status: 200, message: "ready" } : { status: 503, message: waiting };
  }
  if (path !== handlers.webhookPath) {
    const page = handlers.pages && (await handlers.pages(await pageRequest(request)));
    return page ?? { status: 404, message: "Not found." };
  }
  if (request.method !== "POST") return { status: 405, message: "Webhooks are sent by POST." };
  const refused = refuseEarly(request.headers);
  if (refused) return refused;
  const own: Bodies = { bytes: 0 };
  try {
    const body = await readBody(request, own, bodies);
    return typeof body === "string" ? await handlers.webhook({ headers: request.headers, body }) : body;
  } finally {
    bodies.bytes -= own.bytes;
  }
}

/** The body, or why it was not read to its end; nothing beyond a limit is kept. `own` is its part of `all`. */
async function readBody(request: IncomingMessage, own: Bodies, all: Bodies): Promise<string | Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > BODY_LIMIT) return TOO_LARGE;
    own.bytes += bytes.length + CHUNK_COST;
    all.bytes += bytes.length + CHUNK_COST;
    if (all.bytes > BODIES_LIMIT) return BUSY;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** A form is short; of what is longer, only so much is read. */
async function pageRequest(request: IncomingMessage): Promise<PageRequest> {
  const { method = "GET", url = "/", headers } = request;
  let body = "";
  if (method === "POST") {
    for await (const chunk of request) {
      body += String(chunk);
      if (body.length > FORM_LIMIT) break;
    }
  }
  const { host = "", cookie = "", origin = "" } = headers;
  return { method, url, host, cookie, origin, body };
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.writableEnded || response.destroyed) return;
  response.writeHead(answer.status, {
    "content-type": "text/plain; charset=utf-8",
    ...answer.headers,
    ...(request.complete ? {} : { connection: "close" }),
  });
  response.end(`${answer.message}\n`);
}
