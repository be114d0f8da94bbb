// A process of its own: told over IPC what to send where, it sends it and tells what came of each.
import { createHmac, randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { bodiesOf, type Place, type Planned } from "./deliveries.ts";

export interface Order {
  /** The webhook's address, on loopback. */
  readonly url: string;
  readonly secret: string;
  readonly places: readonly Place[];
  readonly deliveries: readonly Planned[];
  /** Connections; each has one delivery under way. */
  readonly atOnce: number;
}

/** What came of a delivery. */
export interface Sent {
  /** Epoch ms. */
  readonly at: number;
  /** Until the whole answer was there, ms. */
  readonly took: number;
  /** 0 when there was no answer. */
  readonly status: number;
}

// It stays until the other side hangs up, so that its answer is not cut off by its end.
process.on("message", async (order: Order) => {
  const bodyOf = bodiesOf(order.places);
  const ready = order.deliveries.map((planned, i) => messageOf(order, planned, bodyOf(planned, i)));
  const agent = new Agent({ keepAlive: true, maxSockets: order.atOnce });
  const sent: Sent[] = [];
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < ready.length; i = next++) {
      const message = ready[i];
      if (message) sent[i] = await post(agent, order.url, message);
    }
  };
  await Promise.all(Array.from({ length: order.atOnce }, worker));
  agent.destroy();
  process.send?.(sent);
});

interface Message {
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Buffer;
}

/** Signed and counted beforehand, so that while it sends it does little else. */
function messageOf({ secret }: Order, { kind }: Planned, text: string): Message {
  const body = Buffer.from(text);
  const headers = {
    "content-type": "application/json",
    "content-length": body.length,
    "user-agent": "GitHub-Hookshot/044aadd",
    "x-github-event": kind.split(".")[0] ?? "",
    "x-github-delivery": randomUUID(),
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
  };
  return { headers, body };
}

function post(agent: Agent, url: string, { headers, body }: Message): Promise<Sent> {
  const at = Date.now();
  const began = performance.now();
  return new Promise((resolve) => {
    const done = (status: number) => resolve({ at, took: performance.now() - began, status });
    const outgoing = request(url, { method: "POST", agent, headers }, (response) => {
      response.resume();
      response.once("end", () => done(response.statusCode ?? 0));
      response.once("error", () => done(0));
    });
    outgoing.once("error", () => done(0));
    outgoing.end(body);
  });
}
